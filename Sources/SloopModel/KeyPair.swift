package import Foundation

/// A user's key pair; the private half was shown once or never seen.
package struct KeyPair: Codable, Hashable, Sendable {
    package enum Origin: String, Codable, Sendable { case created, imported }

    package var id: KeyPairID
    package var name: String
    package var origin: Origin
    /// The OpenSSH line, `ssh-ed25519 AAAA… comment`.
    package var publicKey: String
    /// As `ssh-keygen -lf` prints it: `SHA256:` and unpadded base64.
    package var fingerprint: String
    package var createdAt: Date

    package init(
        id: KeyPairID, name: String, origin: Origin, publicKey: String, fingerprint: String, createdAt: Date
    ) {
        self.id = id
        self.name = name
        self.origin = origin
        self.publicKey = publicKey
        self.fingerprint = fingerprint
        self.createdAt = createdAt
    }
}
