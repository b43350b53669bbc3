package import SloopModel
import Synchronization

/// Tells those who wait that something was recorded: they look again.
package final class Changes: Sendable {
    /// What was recorded, as far as it matters to who waits.
    package enum Change: Sendable, Equatable {
        /// A step or the end of an operation, or of what it leads.
        case operation(OperationID)
        /// Output of a launch script.
        case output
        case other
    }

    private struct Waiter {
        /// The only operation that it waits for; nil if it waits for anything.
        let operation: OperationID?
        var isCalled = false
        var continuation: CheckedContinuation<Void, Never>?

        func minds(_ change: Change) -> Bool {
            guard let operation else { return true }
            return change == .other || change == .operation(operation)
        }
    }

    private struct State {
        var waiters: [Int: Waiter] = [:]
        var next = 0

        /// Calls the one at that place; gives what it waits with, if it waits already.
        mutating func call(_ place: Int) -> CheckedContinuation<Void, Never>? {
            waiters[place]?.isCalled = true
            defer { waiters[place]?.continuation = nil }
            return waiters[place]?.continuation
        }
    }
    private let state = Mutex(State())
    private let clock: any WorldClock

    init(clock: any WorldClock) { self.clock = clock }

    func ring(_ change: Change = .other) {
        let woken = state.withLock { state in
            state.waiters.filter { $0.value.minds(change) }.keys.compactMap { state.call($0) }
        }
        for one in woken { one.resume() }
    }

    /// Asks again after each change until there is an answer that satisfies, or the time is over; gives the last answer.
    ///
    /// - Parameters:
    ///   - pace: the least time between two questions, for one that is dear to ask.
    ///   - operation: the only one whose steps and end can change the answer, so that a hundred who wait for one each do
    ///     not all ask at each step of any; nil for an answer that anything may change.
    package func wait<Answer: Sendable>(
        upTo limit: Duration, pace: Duration = .zero, of operation: OperationID? = nil, for isEnough: (Answer) -> Bool,
        _ ask: () async throws -> Answer
    ) async throws -> Answer {
        let end = clock.instant + limit
        let place = enrol(operation)
        defer { leave(place) }
        while true {
            // What is recorded from here on may be missed by the answer.
            state.withLock { $0.waiters[place]?.isCalled = false }
            let answer = try await ask()
            if isEnough(answer) || clock.instant >= end { return answer }
            try Task.checkCancellation()
            await call(of: place, until: end)
            if pace > .zero { try await clock.sleep(for: pace) }
        }
    }

    private func enrol(_ operation: OperationID?) -> Int {
        state.withLock { state in
            state.next += 1
            state.waiters[state.next] = Waiter(operation: operation)
            return state.next
        }
    }

    private func leave(_ place: Int) { state.withLock { _ = $0.waiters.removeValue(forKey: place) } }

    private func call(of place: Int, until end: ContinuousClock.Instant) async {
        // A child of this task: it runs where this one does, and is called off with it.
        async let _ = wake(place, at: end)
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isLate = state.withLock { state in
                    guard state.waiters[place]?.isCalled == false && !Task.isCancelled else { return true }
                    state.waiters[place]?.continuation = continuation
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

    private func wake(_ place: Int) { state.withLock { $0.call(place) }?.resume() }
}
