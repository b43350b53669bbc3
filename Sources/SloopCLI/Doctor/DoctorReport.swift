package import SloopModel

/// What `sloop doctor` prints.
package struct DoctorReport: Sendable {
    let engines: [EngineHealth]

    package init(_ engines: [EngineHealth]) { self.engines = engines }

    /// Whether a server can be started here.
    package var isUsable: Bool { engines.contains(where: \.isUsable) }

    /// Prints it, as a table for people or as JSON.
    package func show(as format: OutputFormat) throws {
        let terminal = Terminal.current
        terminal.print(format == .json ? try JSONDocument.text(document) : text(terminal.outputStyle))
    }

    private func text(_ style: Style) -> String {
        var table = Table(["ENGINE", "CHECK", .state("STATE"), "FOUND", "MEND IT WITH"])
        table.rows = engines.flatMap { engine in
            engine.checks.map { [engine.engine, $0.name, $0.state.rawValue, $0.detail, $0.mend ?? ""] }
        }
        let usable = engines.filter(\.isUsable).map(\.engine)
        let verdict =
            usable.isEmpty
            ? style.red("no engine is usable") : "usable: \(usable.map { style.green($0) }.joined(separator: ", "))"
        return "\(table.text(style))\n\n\(verdict)"
    }

    private struct Document: Encodable {
        struct Engine: Encodable {
            let engine: String
            let usable: Bool
            let checks: [EngineHealth.Check]
        }
        let engines: [Engine]
    }

    private var document: Document {
        Document(engines: engines.map { .init(engine: $0.engine, usable: $0.isUsable, checks: $0.checks) })
    }
}
