import Synchronization

/// Tells those who wait that something was recorded, without saying what: they look again.
package final class Changes: Sendable {
    private struct State {
        var version = 0
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var next = 0
    }
    private let state = Mutex(State())
    private let clock: any WorldClock

    init(clock: any WorldClock) { self.clock = clock }

    func ring() {
        let woken = state.withLock { state in
            state.version += 1
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for one in woken { one.resume() }
    }

    /// Asks again after each change until there is an answer that satisfies, or the time is over; gives the last answer.
    ///
    /// - Parameter pace: the least time between two questions, for one that is dear to ask.
    package func wait<Answer: Sendable>(
        upTo limit: Duration, pace: Duration = .zero, for isEnough: (Answer) -> Bool,
        _ ask: () async throws -> Answer
    ) async throws -> Answer {
        let end = clock.instant + limit
        while true {
            let seen = state.withLock { $0.version }
            let answer = try await ask()
            if isEnough(answer) || clock.instant >= end { return answer }
            try Task.checkCancellation()
            await change(after: seen, until: end)
            if pace > .zero { try await clock.sleep(for: pace) }
        }
    }

    private func change(after seen: Int, until end: ContinuousClock.Instant) async {
        let place = state.withLock { state in
            state.next += 1
            return state.next
        }
        // A child of this task: it runs where this one does, and is called off with it.
        async let _ = wake(place, at: end)
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isLate = state.withLock { state in
                    guard state.version == seen && !Task.isCancelled else { return true }
                    state.waiting[place] = continuation
                    return false
                }
                if isLate { continuation.resume() }
            }
        } onCancel: {
            wake(place)
        }
    }

    private func wake(_ place: Int, at end: ContinuousClock.Instant) async {
        try? await clock.sleep(until: end)
        wake(place)
    }

    private func wake(_ place: Int) {
        state.withLock { $0.waiting.removeValue(forKey: place) }?.resume()
    }
}
