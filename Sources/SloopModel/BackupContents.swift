package import Foundation

/// What a backup has, besides the key that opens its secrets.
package struct BackupContents: Sendable, Codable, Equatable {
    package let createdAt: Date
    /// The id that the machines of the store carry.
    package let installation: String
    package let instances: Int
    package let keyPairs: Int
    /// Sealed ones, each of which can be opened.
    package let secrets: Int
    package let bytes: Int

    package init(createdAt: Date, installation: String, instances: Int, keyPairs: Int, secrets: Int, bytes: Int) {
        self.createdAt = createdAt
        self.installation = installation
        self.instances = instances
        self.keyPairs = keyPairs
        self.secrets = secrets
        self.bytes = bytes
    }
}
