import Foundation
import SloopModel
import SloopProvisioner

/// Server-sent events, as long as there are any.
package protocol PageEvents: Sendable {
    /// The next events, or a comment if there were none for a while; nil after the last.
    func next() async throws -> String?
}

/// What changes on a page, as server-sent events: an event has the name of a part of the page and its new HTML.
///
/// The parts are drawn by the templates that draw them in the page, whenever something was recorded; one that came out
/// the same is not sent.
actor EventStream: PageEvents {
    /// The least time between two looks, and the most.
    static let pace = Duration.milliseconds(200)
    static let patience = Duration.seconds(5)

    private let changes: Changes
    private let parts: @Sendable () async throws -> [PagePart]
    private let isSignedIn: @Sendable () async -> Bool
    private let log: LogFollower?
    /// What the browser has, by the part's name.
    private var sent: [String: String] = [:]
    private var isFirst = true
    private var isOver = false
    private let leave: @Sendable () -> Void

    /// - Parameters:
    ///   - log: whose output is sent, too.
    ///   - leave: called once, at the end.
    ///   - parts: draws all parts, as they are now.
    init(
        changes: Changes, log: LogFollower?, isSignedIn: @escaping @Sendable () async -> Bool,
        leave: @escaping @Sendable () -> Void, parts: @escaping @Sendable () async throws -> [PagePart]
    ) {
        self.changes = changes
        self.log = log
        self.isSignedIn = isSignedIn
        self.leave = leave
        self.parts = parts
    }

    deinit { leave() }

    func next() async throws -> String? {
        guard !isOver else { return nil }
        guard await isSignedIn() else {
            isOver = true
            return EventStream.event("ended", "")
        }
        do {
            let look = try await changes.wait(upTo: EventStream.patience, pace: sent.isEmpty ? .zero : EventStream.pace)
            { (look: Look) in
                !look.isEmpty
            } _: {
                try await self.look()
            }
            for part in look.parts { sent[part.name] = part.html }
            if let piece = look.piece { log?.didSend(piece) }
            let events =
                look.parts.map { EventStream.event($0.name, $0.html) } + (look.piece.map(EventStream.event) ?? [])
            defer { isFirst = false }
            // A browser that lost us comes back in a second.
            return (isFirst ? "retry: 1000\n\n" : "") + (events.isEmpty ? ": still here\n\n" : events.joined())
        } catch let error as SloopError where error.code == .notFound {
            // What the page shows is gone.
            isOver = true
            return EventStream.event("gone", "")
        }
    }

    /// What is new.
    private struct Look: Sendable {
        let parts: [PagePart]
        let piece: LogFollower.Piece?
        var isEmpty: Bool { parts.isEmpty && piece == nil }
    }

    private func look() async throws -> Look {
        // The log first: when a run is seen to be over, all of its output has been.
        let piece = try await log?.next()
        return Look(parts: try await parts().filter { sent[$0.name] != $0.html }, piece: piece)
    }

    private static func event(_ piece: LogFollower.Piece) -> [String] {
        (piece.isNewRun ? [event("log-begin", "")] : []) + (piece.text.isEmpty ? [] : [event("log", piece.text)])
    }

    /// Each line of the data is a field of its own.
    static func event(_ name: String, _ data: String) -> String {
        let lines = data.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
            .split(separator: "\n", omittingEmptySubsequences: false)
        return "event: \(name)\n" + lines.map { "data: \($0)\n" }.joined() + "\n"
    }
}

/// A part of a page that may change while it is looked at.
struct PagePart: Sendable, Equatable {
    /// The template's name, and the id of the element.
    let name: String
    let html: String
}
