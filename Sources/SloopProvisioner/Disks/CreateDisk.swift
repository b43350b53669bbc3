import SloopEngine
import SloopModel
import SloopSaga
import SloopStore

/// Makes a disk whose row and bill are already recorded: empty, or with what a snapshot has.
enum CreateDisk {
    struct Parameters: Codable, Sendable {
        let disk: DiskID
        let snapshot: SnapshotID?
    }

    static let saga = make("create-disk")
    static let fromSnapshot = make("create-disk-from-snapshot")

    private static func make(_ name: String) -> Saga<World, Tables, Parameters> {
        Saga(
            name,
            [
                .effect("disk") { world, p in
                    let disk = try await world.disk(p.disk)
                    let volumes = try world.volumes()
                    if let snapshot = p.snapshot {
                        try await volumes.copy(VolumeID(snapshot.value), to: disk.volume, sizeGB: disk.sizeGB)
                    } else {
                        try await volumes.create(disk.volume, sizeGB: disk.sizeGB)
                    }
                } undo: { world, p in
                    try await world.volumes().delete(VolumeID(p.disk.value))
                }
            ],
            atEnd: { tables, p, end in
                switch end {
                case .succeeded: try tables.settle(p.disk, as: .available)
                case .undone:
                    try tables.cancelBill(of: p.disk.value)
                    try tables.remove(p.disk)
                case .stuck(_, let why): try tables.settle(p.disk, as: .error, why)
                }
            })
    }
}
