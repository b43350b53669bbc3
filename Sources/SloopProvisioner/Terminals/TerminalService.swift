import SloopModel
import SloopSSH
import SloopStore

/// The terminals of one account.
package struct TerminalService: Sendable {
    let world: World
    let open: OpenTerminals

    /// How long a terminal lasts in which nothing is typed and nothing is shown.
    package static let idleLasts = Duration.seconds(15 * 60)
    /// How long one lasts that nobody looks at: a page may lose its connection and find it again.
    package static let unwatchedLasts = Duration.seconds(30)

    /// Opens a shell as the instance's user, by Sloop's own key and with the host key pinned.
    ///
    /// Throws `wrongState` if the instance does not run, `busy` if there are too many terminals, and what a login throws.
    /// - Parameter isAllowed: asked again and again; the terminal is closed when it says no.
    package func open(
        _ name: String, columns: Int, rows: Int, isAllowed: @escaping @Sendable () async -> Bool
    ) async throws -> Terminal {
        let (instance, account) = try await world.store.read { (try $0.instance(named: name), try $0.owner()) }
        guard instance.state == .running else {
            throw SloopError(
                .wrongState, "'\(name)' is \(instance.state.rawValue), and has no terminal",
                tip: "wait until it is running"
            )
        }
        return try await open.admit(account) {
            guard let session = try await world.machines.logIn(instance) as? SSHSession else {
                throw SloopError(.notOffered, "there are no terminals over this network")
            }
            do {
                try await session.openTerminal(TerminalSize(columns: columns, rows: rows))
            } catch {
                await session.close()
                throw error
            }
            return Terminal(
                session, account: account, instance: instance.id, clock: world.clock, isAllowed: isAllowed)
        }
    }

    /// The account's terminal of that id. Throws `notFound` if it has ended, or never was.
    package func find(_ id: String) async throws -> Terminal {
        let account = try world.store.owner()
        guard let terminal = open.find(id), terminal.account == account else {
            throw SloopError(.notFound, "this terminal has ended", tip: "open another one")
        }
        return terminal
    }

    package func close(_ id: String) async throws { await open.close(try await find(id)) }
}
