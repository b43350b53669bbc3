package import Foundation

extension SloopAPI {
    /// The rotation of one key: of a key pair, or of the key that Sloop itself logs in with.
    package struct RotationDetails: Codable, Sendable, Equatable {
        /// Nil for a dry run, which leaves nothing behind.
        package var id: String?
        /// Nil for Sloop's own access key.
        package var keyPair: String?
        /// `offered`, `started`, `done` or `dry-run`.
        package var status: String
        /// As `ssh-keygen -lf` prints it.
        package var newFingerprint: String?
        package var createdAt: Date
        /// One for each instance that has the key.
        package var targets: [RotationTargetDetails]

        package init(
            id: String? = nil, keyPair: String? = nil, status: String, newFingerprint: String? = nil, createdAt: Date,
            targets: [RotationTargetDetails]
        ) {
            self.id = id
            self.keyPair = keyPair
            self.status = status
            self.newFingerprint = newFingerprint
            self.createdAt = createdAt
            self.targets = targets
        }
    }

    /// How far a rotation has come on one instance.
    package struct RotationTargetDetails: Codable, Sendable, Equatable {
        package var instance: String
        package var oldFingerprint: String
        package var newFingerprint: String?
        /// Whether the instance was seen to accept the new key.
        package var proven: Bool
        /// How: `login`, or `query` where the private half is not ours.
        package var proof: String?
        /// Whether the instance was seen to refuse the old key.
        package var oldRefused: Bool
        /// `pending`, `proven`, `done`, `superseded`; in a dry run `would rotate` or `would wait`.
        package var status: String
        /// Why it is not done.
        package var reason: String?
        package var changedAt: Date?

        package init(
            instance: String, oldFingerprint: String, newFingerprint: String? = nil, proven: Bool,
            proof: String? = nil, oldRefused: Bool, status: String, reason: String? = nil, changedAt: Date? = nil
        ) {
            self.instance = instance
            self.oldFingerprint = oldFingerprint
            self.newFingerprint = newFingerprint
            self.proven = proven
            self.proof = proof
            self.oldRefused = oldRefused
            self.status = status
            self.reason = reason
            self.changedAt = changedAt
        }
    }
}
