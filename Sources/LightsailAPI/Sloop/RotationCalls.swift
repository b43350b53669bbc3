package import Foundation

extension SloopAPI {
    /// Makes a new key and shows its private half once; changes nothing until `RotateKeyPair` names the rotation.
    package enum PrepareKeyRotation: SloopCall {
        package static let name = "PrepareKeyRotation"

        package struct Input: Codable, Sendable, Equatable {
            /// Nil for Sloop's own access key.
            package var keyPairName: String?

            package init(keyPairName: String? = nil) {
                self.keyPairName = keyPairName
            }
        }

        package struct Output: Codable, Sendable, Equatable {
            package var rotationId: String
            package var newFingerprint: String
            package var newPublicKey: String
            /// OpenSSH format.
            package var privateKey: String

            package init(rotationId: String, newFingerprint: String, newPublicKey: String, privateKey: String) {
                self.rotationId = rotationId
                self.newFingerprint = newFingerprint
                self.newPublicKey = newPublicKey
                self.privateKey = privateKey
            }
        }
    }

    /// Puts a new key in the place of a key pair on the instances that have it: on running ones at once, on the
    /// others when they are back.
    package enum RotateKeyPair: SloopCall {
        package static let name = "RotateKeyPair"
        package static let requiredMembers = ["keyPairName"]

        package struct Input: Codable, Sendable, Equatable {
            package var keyPairName: String
            /// Nil for all that have it.
            package var instanceNames: [String]?
            /// The prepared rotation whose private key was saved.
            package var rotationId: String?
            /// The new public line, for an imported key pair.
            package var publicKeyBase64: String?
            package var dryRun: Bool?

            package init(
                keyPairName: String, instanceNames: [String]? = nil, rotationId: String? = nil,
                publicKeyBase64: String? = nil, dryRun: Bool? = nil
            ) {
                self.keyPairName = keyPairName
                self.instanceNames = instanceNames
                self.rotationId = rotationId
                self.publicKeyBase64 = publicKeyBase64
                self.dryRun = dryRun
            }
        }

        package struct Output: Codable, Sendable, Equatable {
            package var rotation: RotationDetails

            package init(rotation: RotationDetails) {
                self.rotation = rotation
            }
        }
    }

    /// Puts a new key in the place of Sloop's own.
    package enum RotateAccessKey: SloopCall {
        package static let name = "RotateAccessKey"

        package struct Input: Codable, Sendable, Equatable {
            package var dryRun: Bool?
            /// Nil for all.
            package var instanceNames: [String]?

            package init(dryRun: Bool? = nil, instanceNames: [String]? = nil) {
                self.dryRun = dryRun
                self.instanceNames = instanceNames
            }
        }

        package struct Output: Codable, Sendable, Equatable {
            package var rotation: RotationDetails

            package init(rotation: RotationDetails) {
                self.rotation = rotation
            }
        }
    }

    /// A rotation, as soon as one of its targets changed after `changedAfter`, or after `waitSeconds`.
    package enum GetKeyRotation: SloopCall {
        package static let name = "GetKeyRotation"
        package static let requiredMembers = ["rotationId"]

        package struct Input: Codable, Sendable, Equatable {
            package var rotationId: String
            package var waitSeconds: Int?
            package var changedAfter: Date?

            package init(rotationId: String, waitSeconds: Int? = nil, changedAfter: Date? = nil) {
                self.rotationId = rotationId
                self.waitSeconds = waitSeconds
                self.changedAfter = changedAfter
            }
        }

        package struct Output: Codable, Sendable, Equatable {
            package var rotation: RotationDetails

            package init(rotation: RotationDetails) {
                self.rotation = rotation
            }
        }
    }

    /// Rotations, the newest first.
    package enum ListKeyRotations: SloopCall {
        package static let name = "ListKeyRotations"

        package struct Input: Codable, Sendable, Equatable {
            /// Whether to leave out those that are done.
            package var onlyPending: Bool?

            package init(onlyPending: Bool? = nil) {
                self.onlyPending = onlyPending
            }
        }

        package struct Output: Codable, Sendable, Equatable {
            package var rotations: [RotationDetails]

            package init(rotations: [RotationDetails]) {
                self.rotations = rotations
            }
        }
    }
}
