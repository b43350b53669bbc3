import HummingbirdTLS
import NIOSSL
import SloopModel

/// What the server shows of itself over TLS.
package struct ServerCertificate: Sendable {
    let configuration: TLSConfiguration

    /// Reads PEM files: the certificate, followed by those that lead to its root if there are any, and its private key.
    ///
    /// Throws `invalidInput` if they cannot be read, do not belong together, or if everybody can read the key.
    package init(certificate: String, key: String) throws {
        func read<Value>(_ file: String, _ what: String, _ body: () throws -> Value) throws -> Value {
            do { return try body() } catch {
                throw SloopError(
                    .invalidInput, "\(file) cannot be used as \(what)",
                    tip: "give PEM files: --tls-cert FILE --tls-key FILE",
                    cause: error)
            }
        }
        let chain = try read(certificate, "a certificate") { try NIOSSLCertificate.fromPEMFile(certificate) }
        let privateKey = try read(key, "a private key") { try NIOSSLPrivateKey(file: key, format: .pem) }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        // The check that both belong together.
        _ = try read(key, "the key of \(certificate)") { try NIOSSLContext(configuration: configuration) }
        try PrivateKeyFile.check(key)
        self.configuration = configuration
    }
}
