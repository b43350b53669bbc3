import SloopEngine
import SloopModel
import SloopStore

/// What a machine writes to its console, as text that may be shown.
package enum ConsoleText {
    /// Characters of a console that are handed out: its end.
    static let limit = 200_000

    /// Without what only a terminal understands: a machine's output must not move the cursor of who reads it.
    package static func plain(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        var rest = text.unicodeScalars.suffix(limit)[...]
        while let scalar = rest.popFirst() {
            if scalar == "\u{1B}" {
                skipSequence(&rest)
            } else if scalar == "\n" || scalar == "\t" || scalar.properties.generalCategory != .control {
                shown.append(scalar)
            }
        }
        return String(shown)
    }

    /// The rest of an escape sequence: parameters up to a final byte, or text up to its terminator.
    private static func skipSequence(_ rest: inout Substring.UnicodeScalarView) {
        switch rest.first {
        case "[":
            rest.removeFirst()
            while let next = rest.first, (0x20...0x3F).contains(next.value) { rest.removeFirst() }
            if let last = rest.first, (0x40...0x7E).contains(last.value) { rest.removeFirst() }
        case "]":
            while let next = rest.first, next != "\n" {
                rest.removeFirst()
                if next == "\u{07}" { return }
                if next == "\u{1B}" {
                    if rest.first == "\\" { rest.removeFirst() }
                    return
                }
            }
        default:
            while let next = rest.first, (0x20...0x2F).contains(next.value) { rest.removeFirst() }
            if let last = rest.first, (0x30...0x7E).contains(last.value) { rest.removeFirst() }
        }
    }

    /// The last lines that say something.
    static func tail(_ text: String, lines: Int = 8) -> [String] {
        text.split(whereSeparator: \.isNewline).filter { $0.contains { !$0.isWhitespace } }.suffix(lines).map(
            String.init)
    }
}

extension World {
    /// The error, with the end of what the machine wrote to its console, which a machine that is removed takes with it.
    func quotingConsole(of id: InstanceID, in error: SloopError) async -> SloopError {
        guard let text = try? await engine.console(id) else { return error }
        let lines = ConsoleText.tail(ConsoleText.plain(text))
        guard !lines.isEmpty else { return error }
        var quoting = error
        quoting.message += "; its console ends with:" + lines.map { "\n  \($0)" }.joined()
        // To look at the machine, which is undone.
        quoting.tip = ""
        return quoting
    }
}

extension InstanceService {
    /// What the instance wrote to its console since it was started.
    ///
    /// Throws `notFound` if there is no such instance, or no machine of it yet.
    package func console(_ name: String) async throws -> String {
        let instance = try await find(name).instance
        do {
            return ConsoleText.plain(try await world.engine.console(instance.id))
        } catch let error as SloopError where error.code == .notFound {
            throw SloopError(
                .notFound, "the instance '\(name)' has no console: it is \(instance.state.rawValue)",
                tip: "see it with: sloop instance show \(name)", cause: error)
        }
    }
}
