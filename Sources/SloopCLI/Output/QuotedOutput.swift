import Foundation

/// The output of a script in the midst of our own: every line behind a quiet bar.
final class QuotedOutput {
    private let terminal = Terminal.current
    private let isQuiet: Bool
    private var isAtLineStart = true

    /// - Parameter isQuiet: whether it goes to standard error, because standard output is for a program.
    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    func write(_ data: Data) {
        let bar = (isQuiet ? terminal.errorStyle : terminal.outputStyle).dim("│ ")
        var quoted = Data()
        for line in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            if line.offset > 0 {
                if isAtLineStart { quoted += Data(bar.utf8) }
                quoted.append(UInt8(ascii: "\n"))
                isAtLineStart = true
            }
            guard !line.element.isEmpty else { continue }
            if isAtLineStart { quoted += Data(bar.utf8) }
            quoted += line.element
            isAtLineStart = false
        }
        put(quoted)
    }

    /// Ends a last line that has no end.
    func end() {
        if !isAtLineStart { put(Data("\n".utf8)) }
        isAtLineStart = true
    }

    private func put(_ data: Data) {
        if isQuiet { terminal.writeError(data) } else { terminal.writeOutput(data) }
    }
}
