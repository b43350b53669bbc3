package import Foundation
package import SloopModel
import SloopSSH
import SloopStore

/// A way into a machine for some minutes: a fresh key and a certificate that the machine trusts.
package struct TemporaryAccess: Sendable {
    package let instance: Instance
    package let privateKey: String
    /// The OpenSSH certificate line.
    package let certificate: String
    package let expiresAt: Date
    package let hostKeyFingerprint: String
    /// As `ssh-keygen -l -E sha1` prints it.
    package let hostKeyFingerprintSHA1: String

    /// Minutes are enough to connect; a session that is open then stays open.
    static let lasts: TimeInterval = 600

    static func issue(to name: String, in world: World) async throws -> TemporaryAccess {
        let (instance, authority) = try await world.store.read { tables in
            (try tables.instance(named: name), try tables.secret(SecretName.authority))
        }
        guard instance.state == .running else {
            throw SloopError(
                .wrongState, "the instance '\(name)' is \(instance.state.rawValue)",
                tip: instance.state == .stopped ? "start it: sloop instance start \(name)" : "wait until it is running")
        }
        guard let authority else { throw SloopError(.storage, "the certificate authority is not in the store") }
        let now = world.now()
        let key = SSHPrivateKey.ed25519(comment: "temporary access to \(name)")
        let expiry = now.addingTimeInterval(lasts)
        // Valid since a little earlier, for a machine whose clock is behind.
        let certificate = try UserCertificate.issue(
            for: key.publicKey, by: SSHPrivateKey(parsing: authority), keyID: "sloop:\(name)",
            principals: [instance.username], validFrom: now.addingTimeInterval(-60), validUntil: expiry)
        return TemporaryAccess(
            instance: instance, privateKey: key.openSSH, certificate: certificate, expiresAt: expiry,
            hostKeyFingerprint: try SSHPublicKey(line: instance.hostKey).fingerprint,
            hostKeyFingerprintSHA1: try SSHPublicKey(line: instance.hostKey).fingerprintSHA1)
    }
}
