import SloopEngine
import SloopModel
import SloopSaga
import SloopStore

/// What the sagas of one disk are given.
package struct DiskParameters: Codable, Sendable {
    let disk: DiskID
}

extension World {
    /// The row; throws `notFound` if it is gone.
    func disk(_ id: DiskID) async throws -> Disk {
        guard let disk = try await store.read({ try $0.find(id) }) else {
            throw SloopError(.notFound, "the disk \(id) is gone")
        }
        return disk
    }

    /// Throws `notOffered` if the engine has no disks.
    func volumes() throws -> any VolumeStore {
        if let volumes = engine.volumes { return volumes }
        throw SloopError(
            .notOffered, "the engine '\(engine.name)' has no disks; they are for the engine 'incus'",
            tip: "set Incus up: scripts/install-incus; then: sloop serve --engine incus")
    }

    /// Throws `notOffered` if the engine makes no snapshots.
    func snapshots() throws -> any SnapshotStore {
        if let snapshots = engine.snapshots { return snapshots }
        throw SloopError(
            .notOffered, "the engine '\(engine.name)' makes no snapshots; they are for the engine 'incus'",
            tip: "set Incus up: scripts/install-incus; then: sloop serve --engine incus")
    }
}

extension Tables {
    /// Records what became of a disk, and why if that was not wanted.
    func settle(_ id: DiskID, as state: Disk.State, _ reason: String? = nil) throws {
        try change(id) { disk in
            disk.state = state
            disk.stateReason = reason
            if state == .available {
                disk.instance = nil
                disk.path = nil
            }
        }
    }
}
