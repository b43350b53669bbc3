import Crypto
import Foundation
import SloopModel

/// An ed25519 private key. It signs here and never enters libssh2.
package struct SSHPrivateKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey
    package let publicKey: SSHPublicKey

    private init(_ key: Curve25519.Signing.PrivateKey, comment: String) {
        self.key = key
        var blob = WireWriter()
        blob.string("ssh-ed25519")
        blob.string(key.publicKey.rawRepresentation)
        publicKey = SSHPublicKey(algorithm: "ssh-ed25519", blob: blob.bytes, comment: comment)
    }

    /// Makes a new key.
    package static func ed25519(comment: String) -> SSHPrivateKey {
        // Any 32 bytes are a private key of this kind (RFC 8032 §5.1.5).
        let seeded = Randomness.seeded.flatMap { try? Curve25519.Signing.PrivateKey(rawRepresentation: $0.bytes(32)) }
        return SSHPrivateKey(seeded ?? Curve25519.Signing.PrivateKey(), comment: comment)
    }

    private static let begin = "-----BEGIN OPENSSH PRIVATE KEY-----"
    private static let end = "-----END OPENSSH PRIVATE KEY-----"
    private static let magic = Array("openssh-key-v1\0".utf8)

    /// Reads an ed25519 key in OpenSSH's own format, without a passphrase. Throws `invalidInput` for all else.
    package init(parsing text: String) throws {
        let lines = text.split(whereSeparator: \.isNewline).map { String($0.trimmingBlanks) }
        guard lines.first == SSHPrivateKey.begin, lines.last == SSHPrivateKey.end,
            let data = Data(base64Encoded: lines.dropFirst().dropLast().joined())
        else { throw SSHPrivateKey.refusal("is not in the format of OpenSSH") }
        var reader = WireReader(data)
        guard reader.raw(SSHPrivateKey.magic.count).map(Array.init) == SSHPrivateKey.magic,
            let cipher = reader.text(), reader.text() != nil, reader.string() != nil, reader.number() == 1,
            reader.string() != nil, let inner = reader.string()
        else { throw SSHPrivateKey.refusal("is cut off or damaged") }
        guard cipher == "none" else { throw SSHPrivateKey.refusal("is encrypted with a passphrase") }
        var fields = WireReader(inner)
        guard let check = fields.number(), fields.number() == check, let algorithm = fields.text() else {
            throw SSHPrivateKey.refusal("is damaged")
        }
        guard algorithm == "ssh-ed25519" else {
            throw SSHPrivateKey.refusal("is of the kind \(algorithm), not ed25519")
        }
        guard fields.string()?.count == 32, let secret = fields.string(), secret.count == 64,
            let comment = fields.text(),
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: Data(secret.prefix(32)))
        else { throw SSHPrivateKey.refusal("is damaged") }
        self.init(key, comment: comment)
    }

    private static func refusal(_ what: String) -> SloopError {
        SloopError(
            .invalidInput, "the private key \(what)", tip: "make one that sloop can use: ssh-keygen -t ed25519 -N ''")
    }

    /// The text of a private key file.
    package var openSSH: String {
        var inner = WireWriter()
        let check = UInt32.random(in: .min ... .max)
        inner.number(check)
        inner.number(check)
        inner.string("ssh-ed25519")
        inner.string(key.publicKey.rawRepresentation)
        inner.string(key.rawRepresentation + key.publicKey.rawRepresentation)
        inner.string(publicKey.comment)
        inner.raw((1...8).prefix((8 - inner.bytes.count % 8) % 8).map { UInt8($0) })
        var outer = WireWriter(SSHPrivateKey.magic)
        outer.string("none")
        outer.string("none")
        outer.string("")
        outer.number(1)
        outer.string(publicKey.blob)
        outer.string(inner.bytes)
        let text = Data(outer.bytes).base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed])
        return "\(SSHPrivateKey.begin)\n\(text)\n\(SSHPrivateKey.end)\n"
    }

    /// The bare signature of the data.
    package func sign(_ data: [UInt8]) throws -> [UInt8] { Array(try key.signature(for: data)) }
}
