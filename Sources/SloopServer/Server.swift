import Foundation
package import Hummingbird
import LightsailAPI
package import Logging
import NIOCore
import SloopModel
package import SloopProvisioner
import ServiceLifecycle

/// The API over HTTP: every call is a `POST /` with its name in `X-Amz-Target`.
package enum Server {
    /// Bytes of a request's body. The largest call is a launch script of 16 KB.
    static let bodyLimit = 1 << 20

    /// Every call on offer.
    package static func calls(_ provisioner: Provisioner, region: String, status: ServerStatus) -> CallTable {
        var table = CallTable(provisioner, region: region)
        table.addCatalogCalls()
        table.addInstanceCalls()
        table.addAccessCalls()
        table.addKeyPairCalls()
        table.addRotationCalls()
        table.addLaunchCalls()
        table.addImageCalls()
        table.addOperationCalls()
        table.addTagCalls()
        table.addCostCalls()
        table.addStatusCalls(status)
        return table
    }

    /// The whole application. `didBind` is called once, when the socket takes connections.
    package static func application(
        _ calls: CallTable, socket: String, logger: Logger, didBind: @escaping @Sendable () async -> Void
    ) -> some ApplicationProtocol {
        let responder = CallbackResponder { (request: Request, context: BasicRequestContext) in
            await respond(to: request, calls, logger)
        }
        return Application(
            responder: responder,
            configuration: ApplicationConfiguration(address: .unixDomainSocket(path: socket), serverName: "sloop"),
            onServerRunning: { _ in await didBind() },
            logger: logger)
    }

    private static func respond(to request: Request, _ calls: CallTable, _ logger: Logger) async -> Response {
        let id = UUID().uuidString.lowercased()
        let target = request.headers[.init("x-amz-target")!]
        do {
            let handler = try calls.handler(for: target)
            guard request.method == .post else {
                throw LightsailException(.unknownOperation, message: "\(request.method) is not offered; send a POST")
            }
            let body: Data
            do {
                body = Data(try await request.body.collect(upTo: bodyLimit).readableBytesView)
            } catch is NIOTooManyBytesError {
                throw LightsailException(.requestTooLarge, message: "the request has more than \(bodyLimit) bytes")
            }
            let answer =
                handler.mayWait
                ? try await cancelWhenGracefulShutdown { try await handler.answer(.default, body) }
                : try await handler.answer(.default, body)
            return response(.ok, answer, id, error: nil)
        } catch {
            return failure(error, target ?? "", id, logger)
        }
    }

    private static func failure(_ error: any Error, _ target: String, _ id: String, _ logger: Logger) -> Response {
        let shown =
            error is CancellationError
            ? LightsailException(
                .service, code: SloopError.Code.busy.rawValue, message: "sloop is going down", tip: "try again")
            : LightsailException(any: error)
        if shown.name == .service && !(error is CancellationError) {
            logger.error("a call failed", metadata: ["call": "\(target)", "request": "\(id)", "error": "\(error)"])
        }
        let body = (try? WireCoding.encode(shown)) ?? Data("{}".utf8)
        return response(.init(code: shown.status), body, id, error: shown.name.rawValue)
    }

    private static func response(
        _ status: HTTPResponse.Status, _ body: Data, _ id: String, error: String?
    ) -> Response {
        var headers: HTTPFields = [
            .contentType: WireCoding.contentType, .init("x-amzn-requestid")!: id,
        ]
        if let error { headers[.init("x-amzn-errortype")!] = error }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
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
