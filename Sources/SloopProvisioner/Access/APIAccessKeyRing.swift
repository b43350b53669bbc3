package import Foundation
package import SloopModel
import Synchronization

/// The secrets of the access keys that may be used now, in memory: every call asks for one.
package final class APIAccessKeyRing: Sendable {
    /// What a call that is signed with a key needs to know.
    package struct Entry: Sendable {
        package let account: Account
        package let secret: String

        package init(account: Account, secret: String) {
            self.account = account
            self.secret = secret
        }
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var uses: [String: Date] = [:]
        var tickets = 0
        var shown = 0
    }

    private let state = Mutex(State())

    package init(_ entries: [String: Entry] = [:]) { state.withLock { $0.entries = entries } }

    /// Nil if there is no such key, or if it may not be used.
    package func entry(_ id: String) -> Entry? { state.withLock { $0.entries[id] } }

    /// Remembers that a call was signed with the key.
    package func didUse(_ id: String, at time: Date) { state.withLock { $0.uses[id] = time } }

    /// What was remembered since it was last asked.
    func takeUses() -> [String: Date] {
        state.withLock { state in
            defer { state.uses = [:] }
            return state.uses
        }
    }

    /// Whoever reads the keys from the store takes a ticket before.
    func ticket() -> Int {
        state.withLock { state in
            state.tickets += 1
            return state.tickets
        }
    }

    /// Takes what was read in place of what is there, unless somebody who began to read later came first: then this is older.
    func replace(with entries: [String: Entry], read ticket: Int) {
        state.withLock { state in
            guard ticket > state.shown else { return }
            state.shown = ticket
            state.entries = entries
        }
    }
}
