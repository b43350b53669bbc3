package import Foundation

/// A user's key pair; the private half was shown once or never seen.
package struct KeyPair: Codable, Hashable, Sendable {
    package enum Origin: String, Codable, Sendable { case created, imported }

    package var id: KeyPairID
    package var account: Account
    package var name: String
    package var origin: Origin
    /// The OpenSSH line, `ssh-ed25519 AAAA… comment`.
    package var publicKey: String
    /// As `ssh-keygen -lf` prints it: `SHA256:` and unpadded base64.
    package var fingerprint: String
    package var tags: [String: String]
    package var createdAt: Date

    package init(
        id: KeyPairID, account: Account, name: String, origin: Origin, publicKey: String, fingerprint: String,
        tags: [String: String] = [:], createdAt: Date
    ) {
        self.id = id
        self.account = account
        self.name = name
        self.origin = origin
        self.publicKey = publicKey
        self.fingerprint = fingerprint
        self.tags = tags
        self.createdAt = createdAt
    }
}
