import Foundation
import SloopCatalog
import SloopEngine
import SloopModel
import Synchronization

@testable import SloopProvisioner

/// An engine's images, in memory.
final class FakeImages: ImageStore {
    private struct State {
        var images: [MachineImage.Key: MachineImage] = [:]
        var made: [String] = []
        var isFailing = false
    }
    private let state = Mutex(State())

    /// What was made, in the order it was.
    var made: [String] { state.withLock { $0.made } }

    /// From now on nothing can be made.
    func fail(_ isFailing: Bool = true) { state.withLock { $0.isFailing = isFailing } }

    func list() async throws -> [MachineImage] { state.withLock { Array($0.images.values) } }

    func take(_ image: MachineImage.Key, metadata: URL, rootFileSystem: URL) async throws {
        try add(image, bytes: try Data(contentsOf: rootFileSystem).count)
    }

    func bake(_ image: MachineImage.Key, _ recipe: SloopEngine.Recipe) async throws {
        guard state.withLock({ $0.images[recipe.base] }) != nil else {
            throw SloopError(.notFound, "there is no image \(recipe.base.name)")
        }
        try add(image, bytes: 2000)
    }

    func delete(_ image: MachineImage.Key) async throws { state.withLock { $0.images[image] = nil } }

    private func add(_ key: MachineImage.Key, bytes: Int) throws {
        try state.withLock { state in
            guard !state.isFailing else { throw SloopError(.operationFailed, "the images were made to fail") }
            state.images[key] = MachineImage(key: key, bytes: bytes, createdAt: World.clock())
            state.made.append(key.blueprint)
        }
    }

    /// Makes an image of a version of the blueprint that is gone.
    func addOutdated(_ blueprint: String) throws {
        try add(MachineImage.Key(blueprint: blueprint, digest: "earlier"), bytes: 1000)
    }
}

extension FakeImages {
    /// The keeper of these images, with the blueprints `plain`, `baked` on it, `shared` with it, and `slow`,
    /// whose script makes the file `begun` beside the catalog and waits for the file `go`.
    func keeper(in folder: URL) throws -> ImageKeeper {
        let root = folder.appending(path: "images-catalog")
        if !FileManager.default.fileExists(atPath: root.path) { try FakeImages.writeCatalog(root) }
        return ImageKeeper(catalog: try Catalog.load(root), store: self, folder: folder.appending(path: "images"))
    }

    private static func writeCatalog(_ root: URL) throws {
        let manager = FileManager.default
        try manager.createDirectory(at: root.appending(path: "blueprints"), withIntermediateDirectories: true)
        try manager.copyItem(at: Rig.repository.appending(path: "plans.json"), to: root.appending(path: "plans.json"))
        let images = [
            "plain": #"{"script": "image.sh"}"#, "baked": #"{"base": "plain", "bake": "bake.sh"}"#,
            "shared": #"{"base": "plain"}"#, "slow": #"{"script": "image.sh"}"#,
        ]
        for (id, image) in images {
            let folder = root.appending(path: "blueprints/\(id)")
            try manager.createDirectory(at: folder, withIntermediateDirectories: true)
            let text = """
                {"id": "\(id)", "name": "\(id)", "kind": "os", "version": "1", "description": "For tests.",
                "username": "admin", "requires": "machine", "ports": [22], "image": \(image)}
                """
            try Data(text.utf8).write(to: folder.appending(path: "blueprint.json"))
        }
        let make = "echo meta > $1/metadata.tar\necho root > $1/rootfs.squashfs\n"
        let wait = """
            cd "$1/../.."
            echo $$ > begun
            i=0
            while [ $i -lt 2000 ] && ! [ -e go ]; do sleep 0.02; i=$((i + 1)); done

            """
        for (id, text) in ["plain": make, "slow": wait + make] {
            let script = root.appending(path: "blueprints/\(id)/image.sh")
            try Data("#!/bin/sh\n\(text)".utf8).write(to: script)
            try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.path)
        }
        try Data("true\n".utf8).write(to: root.appending(path: "blueprints/baked/bake.sh"))
    }
}
