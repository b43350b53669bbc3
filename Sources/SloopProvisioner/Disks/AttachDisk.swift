import SloopEngine
import SloopModel
import SloopSaga
import SloopStore

/// Gives a disk to the instance that its row names.
enum AttachDisk {
    static let saga = Saga<World, Tables, DiskParameters>(
        "attach-disk",
        [.effect("attach", attach, undo: detach)],
        atEnd: { tables, p, end in
            switch end {
            case .succeeded: try tables.settle(p.disk, as: .inUse)
            case .undone: try tables.settle(p.disk, as: .available)
            case .stuck(_, let why): try tables.settle(p.disk, as: .error, why)
            }
        })

    @Sendable fileprivate static func attach(_ world: World, _ p: DiskParameters) async throws {
        let disk = try await world.disk(p.disk)
        guard let instance = disk.instance else {
            throw SloopError(.notFound, "the instance of the disk '\(disk.name)' is gone")
        }
        try await world.volumes().attach(disk.volume, to: instance, at: disk.folder)
    }

    @Sendable fileprivate static func detach(_ world: World, _ p: DiskParameters) async throws {
        let disk = try await world.disk(p.disk)
        guard let instance = disk.instance else { return }
        try await world.volumes().detach(disk.volume, from: instance)
    }
}

/// Takes a disk from its instance, which is stopped. What is on it stays.
enum DetachDisk {
    static let saga = Saga<World, Tables, DiskParameters>(
        "detach-disk",
        [.effect("detach", AttachDisk.detach, undo: AttachDisk.attach)],
        atEnd: { tables, p, end in
            switch end {
            case .succeeded: try tables.settle(p.disk, as: .available)
            case .undone: try tables.settle(p.disk, as: .inUse)
            case .stuck(_, let why): try tables.settle(p.disk, as: .error, why)
            }
        })
}
