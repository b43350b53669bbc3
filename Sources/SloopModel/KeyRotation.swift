package import Foundation

/// The change of a key on the instances that have it: of a user's key pair, or of Sloop's own access key.
package struct KeyRotation: Codable, Hashable, Sendable {
    package enum Status: String, Codable, Sendable {
        /// The new key was shown, and nothing was changed yet: it waits for the word that it was saved.
        case offered
        case started
        /// Every target is done or superseded; the new private key is no longer held.
        case done
    }

    package var id: RotationID
    package var account: Account
    /// The key pair's name; nil for Sloop's own access key.
    package var keyPair: String?
    package var status: Status
    package var newPublicKey: String
    package var newFingerprint: String
    package var createdAt: Date

    package init(
        id: RotationID, account: Account, keyPair: String?, status: Status, newPublicKey: String,
        newFingerprint: String,
        createdAt: Date
    ) {
        self.id = id
        self.account = account
        self.keyPair = keyPair
        self.status = status
        self.newPublicKey = newPublicKey
        self.newFingerprint = newFingerprint
        self.createdAt = createdAt
    }
}

/// How far a rotation has come on one instance.
package struct RotationTarget: Codable, Hashable, Sendable {
    package enum Status: String, Codable, Sendable {
        /// The new key is not proven yet; the old key stays.
        case pending
        /// The new key is proven; the old one may still work.
        case proven
        /// The new key is proven, and the old one was removed and seen refused.
        case done
        /// A later rotation took this instance over, or the instance is gone.
        case superseded
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
    package var oldFingerprint: String
    package var status: Status
    package var proof: Proof?
    package var oldRefused: Bool
    /// Why it is not done yet; nil when it is.
    package var reason: String?
    package var changedAt: Date

    package init(
        rotation: RotationID, instance: InstanceID, instanceName: String, oldFingerprint: String, changedAt: Date
    ) {
        self.rotation = rotation
        self.instance = instance
        self.instanceName = instanceName
        self.oldFingerprint = oldFingerprint
        self.status = .pending
        self.oldRefused = false
        self.changedAt = changedAt
    }

    package var isOpen: Bool { status == .pending || status == .proven }
}

/// A key that a machine may accept, as far as Sloop knows. The row is written before the machine is changed and
/// goes only after the key was seen refused, so the rows always cover the keys that Sloop has put there.
package struct InstanceKey: Codable, Hashable, Sendable {
    package enum Role: String, Codable, Sendable {
        /// The key pair of the user.
        case user
        /// Sloop's own.
        case access
    }

    package enum Status: String, Codable, Sendable {
        /// Recorded, perhaps not yet in the machine.
        case adding
        /// In the machine and good.
        case current
        /// Replaced by a proven key; perhaps still in the machine.
        case removing
    }

    package var instance: InstanceID
    package var role: Role
    package var fingerprint: String
    package var publicKey: String
    package var status: Status

    package init(instance: InstanceID, role: Role, fingerprint: String, publicKey: String, status: Status) {
        self.instance = instance
        self.role = role
        self.fingerprint = fingerprint
        self.publicKey = publicKey
        self.status = status
    }
}

/// One of Sloop's own keys; the private half is sealed in the store.
package struct AccessKey: Codable, Hashable, Sendable {
    package var fingerprint: String
    package var publicKey: String
    /// Whether new instances get it; exactly one access key is current.
    package var isCurrent: Bool
    package var createdAt: Date

    package init(fingerprint: String, publicKey: String, isCurrent: Bool, createdAt: Date) {
        self.fingerprint = fingerprint
        self.publicKey = publicKey
        self.isCurrent = isCurrent
        self.createdAt = createdAt
    }
}
