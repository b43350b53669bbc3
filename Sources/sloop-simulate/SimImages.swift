import Foundation
import SloopEngine
import SloopModel

/// The images that machines are cloned from, and what makes them on the server's computer.
struct SimImages: ImageStore, Host {
    let server: Server

    init(server: Server) { self.server = server }

    /// Whoever waits for an image takes a cancellation for that of another who waits, and begins anew. The dead do not.
    private func work(_ body: () async throws -> Void) async throws {
        do { try await body() } catch is CancellationError { throw SloopError(.unexpected, "the server is dead") }
    }

    func list() async throws -> [MachineImage] {
        try await ask("list images", isLook: true) {
            site.images.values.sorted { $0.key.name < $1.key.name }
        }
    }

    func take(_ image: MachineImage.Key, metadata: URL, rootFileSystem: URL) async throws {
        try await work { try await ask("take the image \(image.name)") { make(image) } }
    }

    func bake(_ image: MachineImage.Key, _ recipe: Recipe) async throws {
        try await work {
            try await ask("bake the image \(image.name)") {
                guard site.images[recipe.base] != nil else {
                    throw SloopError(.notFound, "there is no image \(recipe.base.name)")
                }
                make(image)
            }
        }
    }

    func delete(_ image: MachineImage.Key) async throws {
        try await ask("delete the image \(image.name)") { site.images[image] = nil }
    }

    private func make(_ key: MachineImage.Key) {
        site.images[key] = MachineImage(key: key, bytes: 1, createdAt: Date(timeIntervalSince1970: 0))
    }

    /// The program that makes a root file system; it may fail, and it ends with the server.
    func runScript(_ path: String) async throws {
        try await work {
            try await ask("run \(URL(filePath: path).lastPathComponent)", isLook: true) {}
            try await server.sleep(until: site.loop.time + .seconds(8))
        }
    }
}
