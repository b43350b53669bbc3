import SloopModel
import SloopStore
import Synchronization

/// The terminals that are open, of all accounts.
///
/// They are in memory only: when the server ends, so do they. Nothing that is typed or shown is written anywhere.
final class OpenTerminals: Sendable {
    /// Terminals of one account, and of all.
    static let ofOne = 8
    static let ofAll = 64

    private struct State {
        var open: [String: Terminal] = [:]
        /// Those that are being opened.
        var coming: [Account: Int] = [:]
        var isClosed = false
    }
    private let state = Mutex(State())

    /// Opens a terminal, if there are not too many.
    func admit(_ account: Account, _ body: () async throws -> Terminal) async throws -> Terminal {
        try state.withLock { state in
            let mine = state.open.values.count { $0.account == account } + state.coming[account, default: 0]
            let all = state.open.count + state.coming.values.reduce(0, +)
            guard !state.isClosed, mine < OpenTerminals.ofOne, all < OpenTerminals.ofAll else {
                throw SloopError(
                    .busy,
                    mine < OpenTerminals.ofOne ? "too many terminals are open" : "\(mine) terminals are open already",
                    tip: "end one of them, and try again")
            }
            state.coming[account, default: 0] += 1
        }
        do {
            let terminal = try await body()
            let isLate = state.withLock { state in
                state.coming[account, default: 1] -= 1
                guard !state.isClosed else { return true }
                state.open[terminal.id] = terminal
                return false
            }
            if isLate { await terminal.close() }
            return terminal
        } catch {
            state.withLock { $0.coming[account, default: 1] -= 1 }
            throw error
        }
    }

    func find(_ id: String) -> Terminal? { state.withLock { $0.open[id] } }

    func close(_ terminal: Terminal) async {
        _ = state.withLock { $0.open.removeValue(forKey: terminal.id) }
        await terminal.close()
    }

    /// Closes those that nobody uses, whose owner may not use them any more, or whose instance does not run.
    func sweep(_ store: Store) async {
        for terminal in state.withLock({ Array($0.open.values) }) {
            guard !terminal.isForgotten, await terminal.isAllowed(),
                (try? await store.read { try $0.find(terminal.instance)?.state == .running }) == true
            else {
                await close(terminal)
                continue
            }
        }
    }

    /// Closes all, and lets nobody open more.
    func closeAll() async {
        let all = state.withLock { state in
            state.isClosed = true
            defer { state.open = [:] }
            return Array(state.open.values)
        }
        for terminal in all { await terminal.close() }
    }
}
