/// How a saga ended.
package enum SagaEnd: Sendable, Equatable {
    case succeeded
    /// A step failed, and everything begun was undone.
    case undone(step: String, why: String)
    /// An undo failed: a person must look.
    case stuck(step: String, why: String)
}

/// What the log says of a step.
package enum SagaEvent: String, Codable, Sendable {
    case started, succeeded, failed, undone, undoFailed
}

/// What is known of a saga from its log: the newest event of each step, and why the first failure happened.
package struct SagaHistory: Sendable {
    package var events: [Int: SagaEvent]
    package var failure: String?

    package init(events: [Int: SagaEvent] = [:], failure: String? = nil) {
        self.events = events
        self.failure = failure
    }

    var isUnwinding: Bool { events.values.contains { [.failed, .undone, .undoFailed].contains($0) } }
}

/// What is written to the log at once: events, and the writes that belong to them, in one transaction or not at all.
package struct SagaEntry<Transaction>: Sendable {
    package typealias Write = @Sendable (Transaction) throws -> Void

    /// Step and event, in order.
    package var events: [(step: Int, event: SagaEvent)] = []
    /// The text of a failure.
    package var failure: String?
    package var writes: [Write] = []
    /// Set in the saga's last entry, which also frees the resources that the saga held.
    package var end: SagaEnd?

    package init() {}

    package var isEmpty: Bool { events.isEmpty && writes.isEmpty && end == nil }
}

/// Where a saga's events are kept.
package protocol SagaLog: Sendable {
    associatedtype ID: Sendable & Hashable
    associatedtype Transaction

    func history(of saga: ID) async throws -> SagaHistory
    /// Returns when the entry is durable.
    func record(_ entry: SagaEntry<Transaction>, of saga: ID) async throws
}
