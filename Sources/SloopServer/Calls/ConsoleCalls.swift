import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    /// - Parameter endpoint: where the console is, as soon as it is known.
    mutating func addConsoleCalls(endpoint: @escaping @Sendable () -> String?) {
        let (sessions, provisioner) = (provisioner.consoleSessions, provisioner)

        add(SloopAPI.CreateConsoleLink.self) { _, input in
            guard let url = endpoint() else {
                throw SloopError(
                    .wrongState, "the console is not served: this server listens on its Unix socket only",
                    tip: "start it with an address: sloop serve --listen 127.0.0.1:8080")
            }
            let link = try await sessions.link(for: input.account)
            return .init(
                url: "\(url)/sign-in?token=\(link.token)", account: link.account.name, expiresAt: link.expiresAt)
        }
        add(SloopAPI.EndConsoleSessions.self) { _, input in
            let ended = try await sessions.end(of: input.account)
            await provisioner.closeStaleTerminals()
            return .init(ended: ended)
        }
    }
}
