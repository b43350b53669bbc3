package import Foundation

/// The change of a key on every instance that has it: of a user's key pair, or of Sloop's own access key.
package struct KeyRotation: Codable, Hashable, Sendable {
    package var id: RotationID
    /// The key pair's name; nil for Sloop's own access key.
    package var keyPair: String?
    package var oldPublicKey: String
    package var oldFingerprint: String
    package var newPublicKey: String
    package var newFingerprint: String
    package var createdAt: Date

    package init(
        id: RotationID, keyPair: String?, oldPublicKey: String, oldFingerprint: String,
        newPublicKey: String, newFingerprint: String, createdAt: Date
    ) {
        self.id = id
        self.keyPair = keyPair
        self.oldPublicKey = oldPublicKey
        self.oldFingerprint = oldFingerprint
        self.newPublicKey = newPublicKey
        self.newFingerprint = newFingerprint
        self.createdAt = createdAt
    }
}

/// How far a rotation has come on one instance.
package struct RotationTarget: Codable, Hashable, Sendable {
    package enum Status: String, Codable, Sendable {
        /// Nothing was changed on the instance, or the change is not proven yet; the old key works.
        case pending
        /// The new key logged in; the old one may still work.
        case proven
        /// The new key is proven and the old one was seen refused.
        case done
    }

    /// How the new key was proven.
    package enum Proof: String, Codable, Sendable {
        /// A real login with the new key alone.
        case login
        /// The private half is not ours: sshd said that it accepts the public key, and the file was read back.
        case query
    }

    package var rotation: RotationID
    package var instance: InstanceID
    package var instanceName: String
    package var status: Status
    package var proof: Proof?
    package var oldRefused: Bool
    /// Why it is still pending; nil when it is not.
    package var reason: String?
    package var changedAt: Date

    package init(rotation: RotationID, instance: InstanceID, instanceName: String, changedAt: Date) {
        self.rotation = rotation
        self.instance = instance
        self.instanceName = instanceName
        self.status = .pending
        self.oldRefused = false
        self.changedAt = changedAt
    }
}
