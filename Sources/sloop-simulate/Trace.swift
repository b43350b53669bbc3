import Foundation
import SloopModel

/// What happened in a run, in order: shown if it is wanted, and always summed up, to compare two runs.
final class Trace: @unchecked Sendable {
    private let isShown: Bool
    private var hash = FNV1a()
    private unowned let loop: Loop

    init(_ loop: Loop, isShown: Bool) {
        self.loop = loop
        self.isShown = isShown
    }

    func note(_ text: String) {
        hash.add(text.utf8)
        hash.add("\(loop.time.components)".utf8)
        show(text)
    }

    /// Shown, and not summed up.
    func show(_ text: String) {
        guard isShown else { return }
        let seconds = loop.time / .seconds(1)
        say(String(format: "%10.3f  ", seconds) + text)
    }

    /// The same in two runs in which the same things happened at the same times.
    var digest: String { String(format: "%016lx", hash.value) }
}

/// Prints a line at once.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
