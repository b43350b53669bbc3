package import Foundation

/// The images that an engine clones machines from.
///
/// An image belongs to a blueprint and a digest of all it is made of; a change of either makes another image.
package protocol ImageStore: Sendable {
    /// Sloop's images, whichever Sloop made them.
    func list() async throws -> [MachineImage]
    /// Whether it is among them.
    func has(_ image: MachineImage.Key) async throws -> Bool
    /// Takes in a root file system that was made outside, in Incus' split format.
    func take(_ image: MachineImage.Key, metadata: URL, rootFileSystem: URL) async throws
    /// Makes an image by running a script in a machine of another image. Leaves nothing if that fails.
    func bake(_ image: MachineImage.Key, _ recipe: Recipe) async throws
    /// Machines that were cloned from it stay. One that is not there is deleted already.
    func delete(_ image: MachineImage.Key) async throws
}

extension ImageStore {
    package func has(_ image: MachineImage.Key) async throws -> Bool { try await list().contains { $0.key == image } }
}

package struct MachineImage: Sendable, Codable, Hashable {
    package struct Key: Sendable, Codable, Hashable {
        package var blueprint: String
        package var digest: String

        package init(blueprint: String, digest: String) {
            self.blueprint = blueprint
            self.digest = digest
        }

        /// What ``MachineSpec/image`` is called by.
        package var name: String { "sloop/\(blueprint)/\(digest)" }
    }

    package var key: Key
    package var bytes: Int
    package var createdAt: Date

    package init(key: Key, bytes: Int, createdAt: Date) {
        self.key = key
        self.bytes = bytes
        self.createdAt = createdAt
    }
}

/// What is done in a machine to make an image of it.
package struct Recipe: Sendable {
    package var base: MachineImage.Key
    /// The name of the script in the folder, which root runs.
    package var script: String
    /// The name of the script that each clone runs once; nil for none.
    package var firstBoot: String?
    /// Its files are beside the script when it runs.
    package var folder: URL

    package init(base: MachineImage.Key, script: String, firstBoot: String?, folder: URL) {
        self.base = base
        self.script = script
        self.firstBoot = firstBoot
        self.folder = folder
    }
}
