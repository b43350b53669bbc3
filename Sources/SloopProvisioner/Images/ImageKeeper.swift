package import Foundation
package import SloopCatalog
package import SloopEngine
import SloopModel

/// Sees to it that the images of blueprints are there: each is made once, however many ask for it at the same time.
package actor ImageKeeper {
    private let catalog: Catalog
    private let store: any ImageStore
    /// For what is made outside of the engine.
    private let folder: URL
    /// Where the work is done; nil for anywhere.
    private let executor: (any TaskExecutor)?
    private let runScript: @Sendable (_ path: String, _ arguments: [String], _ folder: URL) async throws -> Void
    private var making: [MachineImage.Key: Task<Void, any Error>] = [:]
    private var last: Task<Void, any Error>?

    /// - Parameter runScript: makes a root file system; a simulation has a model in place of ``SloopEngine/ImageScript``.
    package init(
        catalog: Catalog, store: any ImageStore, folder: URL, executor: (any TaskExecutor)? = nil,
        runScript: @escaping @Sendable (String, [String], URL) async throws -> Void = ImageScript.run
    ) {
        self.catalog = catalog
        self.store = store
        self.folder = folder
        self.executor = executor
        self.runScript = runScript
        // What a predecessor was making when it was killed.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] {
            try? FileManager.default.removeItem(at: folder.appending(path: name))
        }
    }

    /// What the catalog says of an image, and what the engine has of it.
    package struct View: Sendable {
        package let blueprint: String
        package let digest: String
        /// Nil if it is not made yet.
        package let bytes: Int?
        package let createdAt: Date?
        /// Whether the catalog makes another one by now.
        package let isOutdated: Bool

        package var isBuilt: Bool { bytes != nil }

        init(_ key: MachineImage.Key, _ image: MachineImage?, isOutdated: Bool = false) {
            blueprint = key.blueprint
            digest = key.digest
            bytes = image?.bytes
            createdAt = image?.createdAt
            self.isOutdated = isOutdated
        }
    }

    /// The image's name for the engine; nil if the blueprint has none. Nothing is made.
    nonisolated func key(of blueprint: String) throws -> MachineImage.Key? {
        try find(blueprint)?.key
    }

    private nonisolated func find(_ blueprint: String) throws -> (key: MachineImage.Key, image: Blueprint.Image)? {
        try catalog.image(of: blueprint).map {
            (MachineImage.Key(blueprint: $0.blueprint.id, digest: $0.digest), $0.image)
        }
    }

    /// The same, and whether its clones have something to make for themselves at their first boot.
    nonisolated func image(of blueprint: String) throws -> (name: String, hasFirstBoot: Bool)? {
        try find(blueprint).map { ($0.key.name, $0.image.firstBoot != nil) }
    }

    /// The blueprint's id, if the name is that of one; else the name, which may be that of one that is gone.
    nonisolated func id(of name: String) -> String { (try? catalog.blueprint(name).id) ?? name }

    /// The blueprint whose image machines of this one are cloned from.
    ///
    /// Throws `invalidInput` if there is no such blueprint, `notOffered` if it has no image.
    nonisolated func buildable(_ blueprint: String) throws -> String {
        guard let key = try key(of: blueprint) else {
            throw SloopError(
                .notOffered, "the blueprint '\(blueprint)' has no image", tip: "see which have one: sloop image list")
        }
        return key.blueprint
    }

    /// Makes the image, and those below it, unless they are there.
    func ensure(_ blueprint: String) async throws {
        guard let (key, image) = try find(blueprint) else { return }
        if try await store.has(key) { return }
        try await makeWithBase(key, image)
    }

    /// Makes the image anew although it is there: with the packages of today.
    func renew(_ blueprint: String) async throws {
        guard let (key, image) = try find(blueprint) else {
            throw SloopError(.invalidInput, "the blueprint '\(blueprint)' has no image", tip: "nothing is to be built")
        }
        try await makeWithBase(key, image)
    }

    private func makeWithBase(_ key: MachineImage.Key, _ image: Blueprint.Image) async throws {
        if case .bake(let base, _) = image.source { try await ensure(base) }
        try await make(key, image)
    }

    /// Every blueprint's image, and what is left of earlier ones.
    func list() async throws -> [View] {
        let there = try await store.list()
        var views: [View] = []
        for blueprint in catalog.blueprints {
            guard let key = try key(of: blueprint.id), key.blueprint == blueprint.id else { continue }
            views.append(View(key, there.first { $0.key == key }))
        }
        let current = Set(views.map(\.digest))
        views += there.filter { !current.contains($0.key.digest) }.map { View($0.key, $0, isOutdated: true) }
        return views.sorted { ($0.blueprint, $0.isOutdated ? 1 : 0) < ($1.blueprint, $1.isOutdated ? 1 : 0) }
    }

    /// Deletes every image of the blueprint; machines that were cloned from them stay. How many there were.
    func delete(_ blueprint: String) async throws -> Int {
        let found = try await store.list().filter { $0.key.blueprint == blueprint }
        for image in found { try await store.delete(image.key) }
        return found.count
    }

    private func make(_ key: MachineImage.Key, _ image: Blueprint.Image) async throws {
        while true {
            let task = making[key] ?? begin(key, image)
            do {
                return try await withTaskCancellationHandler {
                    try await task.value
                } onCancel: {
                    task.cancel()
                }
            } catch is CancellationError where !Task.isCancelled {
                // Another one who waited for it was called off, and it with that one.
                _ = await task.result
            }
        }
    }

    private func begin(_ key: MachineImage.Key, _ image: Blueprint.Image) -> Task<Void, any Error> {
        // One after the other: each keeps a computer's disk and network busy.
        let task = Task(executorPreference: executor) { [self, last] in try await work(key, image, after: last) }
        making[key] = task
        last = task
        return task
    }

    private func work(
        _ key: MachineImage.Key, _ image: Blueprint.Image, after before: Task<Void, any Error>?
    ) async throws {
        _ = await before?.result
        defer { end(key) }
        try Task.checkCancellation()
        do { try await work(key, image) } catch {
            // What a program or a connection says that was cut off is not why.
            try Task.checkCancellation()
            throw error
        }
    }

    private func end(_ key: MachineImage.Key) { making[key] = nil }

    private func work(_ key: MachineImage.Key, _ image: Blueprint.Image) async throws {
        switch image.source {
        case .script(let path, let arguments):
            let work = folder.appending(path: "\(key.blueprint)-\(UUID().uuidString.prefix(8))")
            try FileManager.default.createDirectory(
                at: work, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            defer { try? FileManager.default.removeItem(at: work) }
            try await runScript(path, arguments, work)
            try await store.take(
                key, metadata: work.appending(path: "metadata.tar"),
                rootFileSystem: work.appending(path: "rootfs.squashfs"))
        case .bake(let base, let script):
            guard let below = try self.key(of: base) else {
                throw SloopError(.unexpected, "the blueprint '\(base)' has no image")
            }
            try await store.bake(
                key, Recipe(base: below, script: script, firstBoot: image.firstBoot, folder: image.folder))
        case .same(let base): try await ensure(base)
        }
    }
}
