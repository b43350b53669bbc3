import AsyncHTTPClient
import Foundation
import NIOCore
import NIOSSL
import SloopModel

/// Where an Incus is: the daemon of this computer by its Unix socket, or one elsewhere by HTTPS.
package struct IncusServer: Sendable {
    /// As people know it: the socket's path, or the URL.
    package let name: String
    /// What a request's path is appended to.
    let base: String
    private let connections: Connections

    package init(path: String) {
        name = path
        base = "http+unix://\(path.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? path)"
        connections = Connections.plain
    }

    /// A daemon elsewhere, which is known by its certificate alone: whoever shows another one is told nothing.
    ///
    /// - Parameters:
    ///   - url: `https://HOST:PORT`.
    ///   - certificate: the file with our certificate, in PEM, which Incus was told to trust.
    ///   - key: the file with its private key.
    ///   - serverCertificate: the file with the certificate that Incus shows, its `server.crt`.
    ///
    /// Throws `invalidInput` that names the file that cannot be used.
    package init(url: String, certificate: String, key: String, serverCertificate: String) throws {
        guard let parts = URLComponents(string: url), parts.scheme == "https", let host = parts.host, !host.isEmpty,
            parts.path.isEmpty || parts.path == "/", parts.query == nil, parts.user == nil
        else {
            throw SloopError(
                .invalidInput, "'\(url.prefix(200))' is no address of an Incus", tip: "write it as https://HOST:8443")
        }
        func read<Value>(_ file: String, _ what: String, _ body: () throws -> Value) throws -> Value {
            do { return try body() } catch {
                throw SloopError(
                    .invalidInput, "\(file) cannot be used as \(what)", tip: "give a file in PEM", cause: error)
            }
        }
        let own = try read(certificate, "a certificate") { try NIOSSLCertificate.fromPEMFile(certificate) }
        let secret = try read(key, "a private key") { try NIOSSLPrivateKey(file: key, format: .pem) }
        let shown = try read(serverCertificate, "Incus' certificate") {
            try NIOSSLCertificate.fromPEMFile(serverCertificate)
        }
        guard let expected = shown.first else {
            throw SloopError(.invalidInput, "\(serverCertificate) has no certificate", tip: "give a file in PEM")
        }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.certificateChain = own.map { .certificate($0) }
        tls.privateKey = .privateKey(secret)
        // Incus' own certificate is signed by nobody, and not fit to sign itself, so that no chain ends with it. The
        // certificate itself is compared instead, on each connection before anything is sent.
        tls.certificateVerification = .none
        _ = try read(key, "the key of \(certificate)") { try NIOSSLContext(configuration: tls) }
        try PrivateKeyFile.check(key)
        let other = SloopError(
            .accessDenied, "\(url) shows another certificate than \(serverCertificate)",
            tip: "if its Incus was set up anew, fetch its server.crt by a way that nobody can stand in")
        var configuration = Connections.configuration
        configuration.tlsConfiguration = tls
        configuration.httpVersion = .http1Only
        configuration.http1_1ConnectionDebugInitializer = { channel in
            channel.eventLoop.makeCompletedFuture {
                guard try channel.pipeline.syncOperations.nioSSL_peerCertificate() == expected else { throw other }
            }.flatMapErrorThrowing { error in
                channel.close(promise: nil)
                throw error
            }
        }
        name = url
        base = "https://\(host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host):\(parts.port ?? 8443)"
        connections = Connections(
            HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration))
    }

    /// The socket where Debian's package puts it.
    package static let standard = IncusServer(path: "/var/lib/incus/unix.socket")

    /// Whether this user could talk to the daemon of this computer.
    package var isThere: Bool { access(name, R_OK | W_OK) == 0 }

    /// Whether it may be on another computer.
    var isElsewhere: Bool { base.hasPrefix("https:") }

    var http: HTTPClient { connections.client }

    /// The connections that are kept, closed with the last who knows the server.
    private final class Connections: Sendable {
        let client: HTTPClient

        init(_ client: HTTPClient) { self.client = client }

        deinit { client.shutdown { _ in } }

        static let plain = Connections(
            HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration))

        /// Waiting for a daemon that is away is this client's, and not the library's, which would do it for minutes.
        static var configuration: HTTPClient.Configuration {
            var configuration = HTTPClient.Configuration()
            configuration.connectionPool.retryConnectionEstablishment = false
            return configuration
        }
    }
}
