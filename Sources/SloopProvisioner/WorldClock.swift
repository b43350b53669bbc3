/// Time as it passes, for what waits: a simulation lets it pass without waiting.
package protocol WorldClock: Sendable {
    var instant: ContinuousClock.Instant { get }
    /// Throws `CancellationError` if the task is cancelled before.
    func sleep(until deadline: ContinuousClock.Instant) async throws
}

extension WorldClock {
    func sleep(for duration: Duration) async throws { try await sleep(until: instant + duration) }
}

/// The computer's own.
package struct SystemClock: WorldClock {
    package init() {}

    package var instant: ContinuousClock.Instant { .now }

    package func sleep(until deadline: ContinuousClock.Instant) async throws { try await Task.sleep(until: deadline) }
}
