package import Foundation
package import Logging
import Hummingbird
import ServiceLifecycle
import SloopModel
package import SloopProvisioner
import UnixSignals

/// The daemon: one state folder, one socket, until SIGTERM or SIGINT.
package struct Serve: Sendable {
    package var state: URL
    package var engine: Assembly.EngineChoice
    package var socket: String
    package var catalog: URL?
    package var version: String
    /// The region that Lightsail's clients are told everything is in.
    package var region = "us-east-1"

    package init(state: URL, engine: Assembly.EngineChoice, socket: String, catalog: URL?, version: String) {
        self.state = state
        self.engine = engine
        self.socket = socket
        self.catalog = catalog
        self.version = version
    }

    /// How often what is recorded is compared with what is there.
    static let rhythm = Duration.seconds(5)

    /// Serves until it is told to end; `didStart` gets the line that says so.
    package func run(logger: Logger, didStart: @escaping @Sendable (String) -> Void) async throws {
        let assembly = try await Assembly(state: state, engine: engine, catalog: catalog, logger: logger)
        let listening = try SocketFile(socket)
        let provisioner = assembly.provisioner
        let calls = Server.calls(
            provisioner, region: region,
            status: ServerStatus(version: version, statePath: state.path, installation: assembly.installation))
        let line = "sloop \(version) serves \(socket) (engine \(provisioner.engineName), state \(state.path))"
        let application = Server.application(calls, socket: socket, logger: logger) {
            listening.didBind()
            await provisioner.start()
            StartupPages.giveBack()
            didStart(line)
        }
        // Ended in reverse: first no more calls, then no more work.
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: Work(provisioner: provisioner)), .init(service: application),
                ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        defer { listening.remove() }
        try await group.run()
        try assembly.close()
    }

    /// The provisioner's own rhythm.
    private struct Work: Service {
        let provisioner: Provisioner

        func run() async throws {
            try? await cancelWhenGracefulShutdown {
                while true {
                    try await Task.sleep(for: Serve.rhythm)
                    await provisioner.reconcile()
                }
            }
            await provisioner.stop()
        }
    }
}
