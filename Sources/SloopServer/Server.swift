import Foundation
package import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import LightsailAPI
package import Logging
import NIOCore
import ServiceLifecycle
import SloopModel
package import SloopProvisioner

/// The API over HTTP: every call is a `POST /` with its name in `X-Amz-Target`.
package enum Server {
    /// Every call on offer.
    ///
    /// - Parameter regions: those that clients may sign for.
    package static func calls(
        _ provisioner: Provisioner, status: ServerStatus, endpoint: Endpoint, regions: [String] = ["us-east-1"]
    ) -> CallTable {
        var table = CallTable(provisioner)
        table.addCatalogCalls(regions: regions)
        table.addInstanceCalls()
        table.addAccessCalls()
        table.addKeyPairCalls()
        table.addRotationCalls()
        table.addLaunchCalls()
        table.addImageCalls()
        table.addOperationCalls()
        table.addTagCalls()
        table.addFirewallCalls()
        table.addStaticAddressCalls()
        table.addDiskCalls()
        table.addSnapshotCalls()
        table.addAddOnCalls()
        table.addCostCalls()
        table.addMetricCalls()
        table.addAlarmCalls()
        table.addDomainCalls()
        table.addStatusCalls(status)
        table.addAPIAccessKeyCalls { endpoint.url }
        table.addConsoleCalls { endpoint.url }
        return table
    }

    /// The Unix socket, on which whoever may open it may do everything. `didBind` is called once, when it takes connections.
    package static func socket(
        _ path: String, _ calls: CallTable, region: String, limits: RequestLimits, logger: Logger,
        didBind: @escaping @Sendable () async -> Void
    ) -> some ApplicationProtocol {
        Application(
            responder: responder(calls, .owner(region: region), nil, limits, logger),
            server: .http1(configuration: limits.channel(idleTimeout: nil)),
            configuration: ApplicationConfiguration(address: .unixDomainSocket(path: path), serverName: "sloop"),
            onServerRunning: { _ in await didBind() }, logger: logger)
    }

    /// A TCP port, on which calls are signed, and which has the console. `didBind` gets the port that it has.
    package static func port(
        _ address: ListenAddress, _ calls: CallTable, _ gate: SignatureGate, _ console: ConsoleDoor,
        tls: ServerCertificate?,
        limits: RequestLimits, logger: Logger, didBind: @escaping @Sendable (Int) async -> Void
    ) throws -> some ApplicationProtocol {
        let plain = HTTPServerBuilder.http1(configuration: limits.channel(idleTimeout: limits.patience))
        var configuration = ApplicationConfiguration(
            address: .hostname(address.host, port: address.port), serverName: "sloop")
        configuration.availableConnectionsDelegate = MaximumAvailableConnections(limits.connections, logger: logger)
        return Application(
            responder: responder(calls, .signed(gate), console, limits, logger),
            server: try tls.map { try .tls(plain, tlsConfiguration: $0.configuration) } ?? plain,
            configuration: configuration,
            onServerRunning: { channel in await didBind(channel.localAddress?.port ?? address.port) }, logger: logger)
    }

    private static func responder(
        _ calls: CallTable, _ door: Door, _ console: ConsoleDoor?, _ limits: RequestLimits, _ logger: Logger
    ) -> CallbackResponder<CallContext> {
        CallbackResponder { (request: Request, context: CallContext) in
            let id = UUID().uuidString.lowercased()
            if let console, ConsoleDoor.isBrowsers(request) {
                do {
                    return await console.answer(
                        request, body: try await body(of: request, limits), peer: context.peer)
                } catch {
                    return failure(error, request, id, logger).response(to: request.method)
                }
            }
            let answer: Answer
            do {
                answer = Answer(body: try await respond(to: request, calls, door, limits), id: id)
            } catch {
                answer = failure(error, request, id, logger)
            }
            return answer.response(to: request.method)
        }
    }

    /// First who calls, which needs the whole body, then what he wants.
    private static func respond(
        to request: Request, _ calls: CallTable, _ door: Door, _ limits: RequestLimits
    ) async throws -> Data {
        try limits.check(request)
        let visitor = try door.visitor(request)
        let body = try await body(of: request, limits)
        let principal = try visitor.principal(body)
        let handler = try calls.handler(for: request.headers[.amazonTarget])
        guard request.method == .post else {
            throw LightsailException(.unknownOperation, message: "\(request.method) is not offered; send a POST")
        }
        guard !handler.isOwn || door.isOwner else {
            throw LightsailException(
                .accessDenied,
                message: "\(handler.name) is for whoever runs this sloop, not for the holder of an access key",
                tip: "call it on the server's Unix socket, with the command sloop")
        }
        return handler.mayWait
            ? try await cancelWhenGracefulShutdown { try await handler.answer(principal, body) }
            : try await handler.answer(principal, body)
    }

    private static func body(of request: Request, _ limits: RequestLimits) async throws -> Data {
        try limits.check(request)
        do {
            return Data(try await request.body.collect(upTo: limits.bodyBytes).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw limits.tooLarge
        } catch {
            throw LightsailException(.serialization, message: "the body of the request ended early")
        }
    }

    private static func failure(_ error: any Error, _ request: Request, _ id: String, _ logger: Logger) -> Answer {
        let shown =
            error is CancellationError
            ? LightsailException(
                .service, code: SloopError.Code.busy.rawValue, message: "sloop is going down", tip: "try again")
            : LightsailException(any: error)
        if shown.name == .service && !(error is CancellationError) {
            let target = request.headers[.amazonTarget] ?? ""
            logger.error("a call failed", metadata: ["call": "\(target)", "request": "\(id)", "error": "\(error)"])
        }
        return Answer(shown, id: id)
    }
}

/// What the server knows of itself.
package struct ServerStatus: Sendable {
    package let version: String
    package let statePath: String
    package let installation: String

    package init(version: String, statePath: String, installation: String) {
        self.version = version
        self.statePath = statePath
        self.installation = installation
    }
}
