import Foundation
import SloopModel
import SloopProvisioner

/// What a terminal shows, as server-sent events: each has bytes in base64, and for an id how many there were up to its end,
/// which a browser that lost us says when it comes back.
actor TerminalStream: PageEvents {
    private static let patience = Duration.seconds(5)
    /// How often it is asked whether who looks still may.
    private static let trust = Duration.seconds(1)

    private let terminal: Terminal
    private let isAllowed: @Sendable () async -> Bool
    private let leave: @Sendable () -> Void
    private var offset: Int
    private var listener: Int?
    private var isOver = false
    private var askedAt: ContinuousClock.Instant?

    /// - Parameters:
    ///   - offset: bytes that the browser has.
    ///   - leave: called once, at the end.
    init(
        _ terminal: Terminal, after offset: Int, isAllowed: @escaping @Sendable () async -> Bool,
        leave: @escaping @Sendable () -> Void
    ) {
        self.terminal = terminal
        self.offset = offset
        self.isAllowed = isAllowed
        self.leave = leave
    }

    deinit {
        if let listener { terminal.leave(listener) }
        leave()
    }

    func next() async throws -> String? {
        guard !isOver else { return nil }
        let now = ContinuousClock.now
        if askedAt.map({ $0.duration(to: now) > TerminalStream.trust }) ?? true {
            guard await isAllowed() else {
                isOver = true
                return EventStream.event("ended", "")
            }
            askedAt = now
        }
        let isFirst = listener == nil
        let me: Int
        if let listener { me = listener } else { me = await terminal.listen() }
        listener = me
        // A browser that lost us comes back in half a second.
        if isFirst { return "retry: 500\n\n" }
        guard let piece = try await terminal.output(after: offset, to: me, upTo: TerminalStream.patience) else {
            isOver = true
            return EventStream.event("over", "")
        }
        guard !piece.bytes.isEmpty else { return ": still here\n\n" }
        offset = piece.end
        return "id: \(piece.end)\n" + EventStream.event("output", Data(piece.bytes).base64EncodedString())
    }
}
