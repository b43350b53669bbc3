import Foundation
import Synchronization

/// Counts the sign-ins that failed, by the address that they came from, and refuses more of them for a while.
///
/// Nobody guesses a link of 256 random bits; this keeps the store and the log from those who try.
final class SignInLimit: Sendable {
    /// Failures of one address, and of all, in a window.
    static let ofOne = 10
    static let ofAll = 100
    static let window: TimeInterval = 60

    private struct State {
        var since = Date.distantPast
        var failures: [String: Int] = [:]
        var all = 0
    }
    private let state = Mutex(State())

    /// Seconds until the address may try again; nil if it may now.
    func wait(for peer: String, at now: Date) -> Int? {
        state.withLock { state in
            let age = now.timeIntervalSince(state.since)
            guard age < SignInLimit.window else { return nil }
            guard state.all >= SignInLimit.ofAll || state.failures[peer, default: 0] >= SignInLimit.ofOne else {
                return nil
            }
            return max(1, Int((SignInLimit.window - age).rounded(.up)))
        }
    }

    func didFail(_ peer: String, at now: Date) {
        state.withLock { state in
            if now.timeIntervalSince(state.since) >= SignInLimit.window { state = State(since: now) }
            state.failures[peer, default: 0] += 1
            state.all += 1
        }
    }
}
