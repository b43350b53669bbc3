package import Foundation
package import Logging
import Hummingbird
import NIOCore
import ServiceLifecycle
import SloopConsole
import SloopModel
package import SloopProvisioner
import UnixSignals

/// The daemon: one state folder, one socket and perhaps a port, until SIGTERM or SIGINT.
package struct Serve: Sendable {
    package var state: URL
    package var engine: Assembly.EngineChoice
    package var socket: String
    package var catalog: URL?
    package var version: String
    /// Where signed calls are taken; nil for nowhere.
    package var listener: Listener?
    /// The regions that clients may sign for; the first is where the socket's callers are told everything is.
    package var regions = ["us-east-1"]
    package var limits = RequestLimits()
    /// The program that sends notices of alarms; nil for none.
    package var notify: String?
    /// More ids that find blueprints, `alias=blueprint` each.
    package var aliases: [String] = []
    /// Which DNS server answers for domains; nil for none.
    package var dns: DNSChoice?
    /// What is kept ready for whoever asks next.
    package var warm: [WarmKind] = []
    /// Which Incus makes the machines, if one does.
    package var incus = Assembly.IncusChoice()

    /// A port for signed calls.
    package struct Listener: Sendable {
        let address: ListenAddress
        let certificate: ServerCertificate?

        /// Throws `invalidInput` if others could reach the address and nothing would be encrypted, unless that is wanted.
        package init(_ address: ListenAddress, certificate: ServerCertificate?, isOpenWanted: Bool = false) throws {
            guard address.isLoopback || certificate != nil || isOpenWanted else {
                throw SloopError(
                    .invalidInput,
                    "\(address.host) can be reached by others, and without TLS they could read every answer",
                    tip: "give --tls-cert and --tls-key, listen at 127.0.0.1, or say --insecure-listen")
            }
            self.address = address
            self.certificate = certificate
        }
    }

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
        let assembly = try await Assembly(
            state: state, engine: engine, incus: incus, catalog: catalog, notify: notify, dns: dns, aliases: aliases,
            warm: warm, logger: logger)
        let listening = try SocketFile(socket)
        let provisioner = assembly.provisioner
        let endpoint = Endpoint()
        let calls = Server.calls(
            provisioner,
            status: ServerStatus(version: version, statePath: state.path, installation: assembly.installation),
            endpoint: endpoint, regions: regions)
        let line = "sloop \(version) serves \(socket) (engine \(provisioner.engineName), state \(state.path))"
        let (portIsBound, portDidBind) = AsyncStream.makeStream(of: Void.self)
        let (isStarted, didBegin) = AsyncStream.makeStream(of: Void.self)
        let unix = Server.socket(socket, calls, region: regions[0], limits: limits, logger: logger) { [listener] in
            listening.didBind()
            // Nothing is begun before it is known that all of it can be had.
            if listener != nil { for await _ in portIsBound {} }
            guard !Task.isCancelled else { return }
            await provisioner.start()
            StartupPages.giveBack()
            didStart(line + (endpoint.url.map { " and \($0)" } ?? ""))
            didBegin.finish()
        }
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: Work(provisioner: provisioner)), .init(service: unix),
        ]
        if let listener {
            let gate = SignatureGate(regions: regions, ring: provisioner.accessKeys.ring)
            let console = try Console(
                provisioner,
                Console.Facts(
                    version: version, region: regions[0], installation: assembly.installation,
                    endpoint: { endpoint.url }), logger: logger)
            let port = try Server.port(
                listener.address, calls, gate, ConsoleDoor(console, isSecure: listener.certificate != nil),
                tls: listener.certificate, limits: limits, logger: logger
            ) { number in
                endpoint.set(listener.address.url(port: number, isSecure: listener.certificate != nil))
                portDidBind.finish()
                for await _ in isStarted {}
            }
            services.append(.init(service: Port(application: port, address: listener.address)))
        }
        // Ended in reverse: first no more calls, then no more work.
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        defer { listening.remove() }
        try await group.run()
        try assembly.close()
    }

    /// The provisioner's own rhythm.
    private struct Work: Service {
        let provisioner: Provisioner

        func run() async throws {
            try? await cancelWhenGracefulShutdown {
                for round in 1... {
                    try await Task.sleep(for: Serve.rhythm)
                    await provisioner.reconcile()
                    await provisioner.measure()
                    // The first time makes more than it needs from then on.
                    if round == 1 { StartupPages.giveBack() }
                }
            }
            await provisioner.stop()
        }
    }

    /// Says what is wrong with an address in words.
    private struct Port<Application: Service>: Service {
        let application: Application
        let address: ListenAddress

        func run() async throws {
            do {
                try await application.run()
            } catch let error as IOError {
                throw SloopError(
                    .invalidInput,
                    "cannot listen at \(address.host), port \(address.port): \(String(cString: strerror(error.errnoCode)))",
                    tip: "name another: sloop serve --listen ADDRESS:PORT", cause: error)
            }
        }
    }
}
