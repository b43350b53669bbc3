import SloopEngine
import SloopModel
import SloopSaga
import SloopStore

/// Deletes a disk with all that is on it, and its automatic snapshots. Those that a user made stay.
enum DeleteDisk {
    static let saga = Saga<World, Tables, DiskParameters>(
        "delete-disk",
        [
            .effect("disk") { world, p in
                try await world.volumes().delete(VolumeID(p.disk.value))
            }
        ],
        atEnd: { tables, p, end in
            switch end {
            case .succeeded:
                let now = tables.now
                try tables.endBill(of: p.disk.value, at: now)
                try tables.deleteAutomaticSnapshots(of: p.disk.value, at: now)
                try tables.remove(p.disk)
            case .undone(_, let why), .stuck(_, let why):
                try tables.settle(p.disk, as: .error, "could not be deleted: \(why)")
            }
        })
}
