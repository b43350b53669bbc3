import Foundation
import SloopModel
import SloopSSH
import Synchronization

/// A shell on an instance, with a terminal that somebody looks at from afar.
///
/// Who looks may lose the way here and come back: the end of what was shown is kept, by its place in the whole. What nobody
/// asks for is not read, so that the machine waits.
package actor Terminal {
    /// Random; who knows it and is signed in as who opened the terminal may use it.
    package nonisolated let id = UUID().uuidString.lowercased()
    nonisolated let account: Account
    nonisolated let instance: InstanceID
    /// Whether who opened it may still use it.
    nonisolated let isAllowed: @Sendable () async -> Bool

    /// Bytes of the output that are kept.
    static let kept = 1 << 17

    private let session: SSHSession
    private let clock: any WorldClock
    /// The end of the output, and how many bytes there were in all.
    private var recent: [UInt8] = []
    private var count = 0
    private var isOver = false

    private struct Watch {
        /// Counts those who looked; the last one does.
        var listener = 0
        /// Since when nobody looks; nil while somebody does.
        var leftAt: ContinuousClock.Instant?
        var usedAt: ContinuousClock.Instant
    }
    private let watch: Mutex<Watch>

    init(
        _ session: SSHSession, account: Account, instance: InstanceID, clock: any WorldClock,
        isAllowed: @escaping @Sendable () async -> Bool
    ) {
        self.session = session
        self.account = account
        self.instance = instance
        self.clock = clock
        self.isAllowed = isAllowed
        watch = Mutex(Watch(leftAt: clock.instant, usedAt: clock.instant))
    }

    /// A part of the output, and how much there was up to its end.
    package struct Piece: Sendable {
        package let bytes: [UInt8]
        package let end: Int
    }

    /// From now on what is shown goes to the caller, and to nobody else; the number says who that is.
    package func listen() async -> Int {
        let listener = watch.withLock { watch in
            watch.listener += 1
            watch.leftAt = nil
            return watch.listener
        }
        await session.nudge()
        return listener
    }

    /// The caller listens no more.
    package nonisolated func leave(_ listener: Int) {
        watch.withLock { watch in
            if watch.listener == listener { watch.leftAt = clock.instant }
        }
    }

    /// What was shown after so many bytes: at once if there is something, else as soon as there is. An empty piece if there
    /// was nothing for so long; nil once the terminal has ended, or shows itself to somebody else.
    package func output(after offset: Int, to listener: Int, upTo patience: Duration) async throws -> Piece? {
        while watch.withLock({ $0.listener }) == listener {
            // What is no longer kept is lost to who comes so late.
            let start = max(0, recent.count - max(0, count - offset))
            if offset < count { return Piece(bytes: Array(recent[start...]), end: count) }
            if isOver { return nil }
            let bytes: [UInt8]?
            do {
                bytes = try await session.terminalOutput(upTo: patience)
            } catch let error as SloopError where error.code == .unreachable {
                // The machine went away, which ends every shell on it.
                bytes = nil
            }
            guard let bytes else {
                isOver = true
                continue
            }
            guard !bytes.isEmpty else {
                return watch.withLock({ $0.listener }) == listener ? Piece(bytes: [], end: count) : nil
            }
            recent += bytes
            count += bytes.count
            recent.removeFirst(max(0, recent.count - Terminal.kept))
            noteUse()
        }
        return nil
    }

    /// Types what a keyboard or a clipboard sends. Throws `unreachable` if the terminal has ended.
    package func type(_ bytes: [UInt8]) async throws {
        noteUse()
        try await session.type(bytes)
    }

    package func resize(columns: Int, rows: Int) async throws {
        try await session.resize(TerminalSize(columns: columns, rows: rows))
    }

    /// Ends the shell, as closing a terminal's window does.
    func close() async {
        isOver = true
        await session.close()
    }

    private nonisolated func noteUse() {
        let now = clock.instant
        watch.withLock { $0.usedAt = now }
    }

    /// Whether it is to be ended: nobody has looked, or nothing has happened, for long.
    nonisolated var isForgotten: Bool {
        let now = clock.instant
        return watch.withLock { watch in
            watch.usedAt.duration(to: now) > TerminalService.idleLasts
                || watch.leftAt.map { $0.duration(to: now) > TerminalService.unwatchedLasts } ?? false
        }
    }
}
