import Foundation
package import SloopModel
import SloopSSH
import SloopStore

/// The key pair of instances for which none was named: made on first use, and the only one whose private half is kept,
/// sealed, so that it can be downloaded at any time.
package struct DefaultKeyPair: Sendable {
    /// Lightsail's name for it.
    package static let name = "LightsailDefaultKeyPair"

    package let pair: KeyPair
    package let privateKey: String
}

extension KeyPairService {
    /// The default key pair with its private half; makes it if it is not there yet.
    ///
    /// Throws `notFound` if its private half is not ours, since it was imported or rotated to a key of the user's own.
    package func downloadDefault() async throws -> DefaultKeyPair {
        let now = world.now()
        return try await world.store.write { tables in
            let pair = try tables.defaultKeyPair(at: now)
            guard let key = try tables.secret(SecretName.defaultKeyPair(pair.account)) else {
                throw SloopError(
                    .notFound, "the private key of '\(pair.name)' is not held here: its key was given as a public one",
                    tip: "use the private key that you have, or rotate: sloop key rotate \(pair.name)")
            }
            return DefaultKeyPair(pair: pair, privateKey: key)
        }
    }
}

extension Tables {
    /// The default key pair of the account; made if it is not there yet.
    func defaultKeyPair(at time: Date) throws -> KeyPair {
        if let pair = try find(keyPair: DefaultKeyPair.name) { return pair }
        let key = SSHPrivateKey.ed25519(comment: DefaultKeyPair.name)
        let pair = KeyPair(
            id: KeyPairID(), account: try owner(), name: DefaultKeyPair.name, origin: .created,
            publicKey: key.publicKey.line, fingerprint: key.publicKey.fingerprint, createdAt: time)
        try claim(name: pair.name, type: "KeyPair")
        try insert(pair)
        try set(secret: SecretName.defaultKeyPair(pair.account), to: key.openSSH)
        return pair
    }

    /// What is kept of the default key pair follows its key: the private half of the new one, or nothing.
    func keepDefaultKey(_ pair: KeyPair, privateKey: String?) throws {
        guard pair.name == DefaultKeyPair.name else { return }
        let name = SecretName.defaultKeyPair(pair.account)
        if let privateKey { try set(secret: name, to: privateKey) } else { try forget(secret: name) }
    }
}
