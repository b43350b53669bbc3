import Foundation
import HTTPTypes
import HummingbirdCore
import LightsailAPI
import NIOCore

/// How much a client may take of the server before it must show who it is.
package struct RequestLimits: Sendable {
    /// Bytes of a request's body. The largest call is a launch script of 16 KB.
    package var bodyBytes = 1 << 20
    /// Bytes of all headers of a request.
    package var headerBytes = 32 << 10
    package var headerCount = 128
    /// How long the headers of a request may take, then its body; and how long an idle connection is kept.
    package var patience = Duration.seconds(20)
    /// Connections at a time; more wait in the system's queue.
    package var connections = RequestLimits.affordableConnections

    package init() {}

    var tooLarge: LightsailException {
        LightsailException(.requestTooLarge, message: "the request has more than \(bodyBytes) bytes")
    }

    /// Throws if the request says that its body is too large.
    func check(_ request: Request) throws {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > bodyBytes { throw tooLarge }
    }

    /// - Parameter idleTimeout: nil for connections that are kept however long nothing comes.
    func channel(idleTimeout: Duration?) -> HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            additionalChannelHandlers: [RequestWatch(patience: TimeAmount(patience))],
            // The watch answers a slow body; it must come first.
            idleTimeout: idleTimeout.map { TimeAmount($0) + .milliseconds(500) },
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: headerBytes, maxHeaderListSize: headerBytes, maxHeaderFieldCount: headerCount))
    }

    /// Half of the files that the process may open: machines, the database and the socket need theirs.
    private static var affordableConnections: Int {
        var files = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files) == 0 else { return 256 }
        return Int(min(4096, max(64, files.rlim_cur / 2)))
    }
}
