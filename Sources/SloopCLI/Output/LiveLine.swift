import Foundation

/// One line of progress on standard error that is written over; nothing where nobody looks.
final class LiveLine {
    private let terminal = Terminal.current
    private var isShown = false

    func show(_ text: String) {
        guard terminal.errorIsTTY else { return }
        terminal.writeError(Data("\r\u{1B}[K\(terminal.errorStyle.dim(text))".utf8))
        isShown = true
    }

    /// Takes the line away, so that other output begins at the left.
    func clear() {
        guard isShown else { return }
        terminal.writeError(Data("\r\u{1B}[K".utf8))
        isShown = false
    }

    /// Leaves the line as it stands.
    func settle() {
        guard isShown else { return }
        terminal.writeError(Data("\n".utf8))
        isShown = false
    }
}
