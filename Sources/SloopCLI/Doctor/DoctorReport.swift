package import SloopModel

/// What `sloop doctor` prints.
package struct DoctorReport: Sendable {
    let engines: [EngineHealth]
    /// The DNS server that was asked for, which is no engine.
    package var dns: EngineHealth?
    /// What the console lacks, which is served without it.
    package var console: EngineHealth?

    package init(_ engines: [EngineHealth]) { self.engines = engines }

    /// Whether a server can be started here.
    package var isUsable: Bool { engines.contains(where: \.isUsable) && dns?.isUsable != false }

    /// Prints it, as a table for people or as JSON.
    package func show(as format: OutputFormat) throws {
        let terminal = Terminal.current
        terminal.print(format == .json ? try JSONDocument.text(document) : text(terminal.outputStyle))
    }

    private func text(_ style: Style) -> String {
        var table = Table(["ENGINE", "CHECK", .state("STATE"), "FOUND", "MEND IT WITH"])
        table.rows = (engines + [dns, console].compactMap(\.self)).flatMap { engine in
            engine.checks.map { [engine.engine, $0.name, $0.state.rawValue, $0.detail, $0.mend ?? ""] }
        }
        let usable = engines.filter(\.isUsable).map(\.engine)
        let verdict =
            usable.isEmpty
            ? style.red("no engine is usable") : "usable: \(usable.map { style.green($0) }.joined(separator: ", "))"
        let domains = dns.map { $0.isUsable ? "\ndomains can be served" : "\n\(style.red("domains cannot be served"))" }
        return "\(table.text(style))\n\n\(verdict)\(domains ?? "")"
    }

    private struct Document: Encodable {
        struct Engine: Encodable {
            let engine: String
            let usable: Bool
            let checks: [EngineHealth.Check]
        }
        let engines: [Engine]
        let dns: Engine?
        let console: Engine?
    }

    private var document: Document {
        func shown(_ one: EngineHealth) -> Document.Engine {
            .init(engine: one.engine, usable: one.isUsable, checks: one.checks)
        }
        return Document(engines: engines.map(shown), dns: dns.map(shown), console: console.map(shown))
    }
}
