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
    /// Lightsail has a pair of operations for each disk that an instance loses by its end.
    func followDetaching(_ operation: SloopModel.Operation, from instance: Instance) throws {
        for disk in try disks(of: instance.id) {
            let kind = DetachDisk.saga.name
            _ = try follow(operation, as: kind, on: disk.name, type: "Disk", details: instance.name)
            _ = try follow(operation, as: kind, on: instance.name, type: "Instance", details: disk.name)
        }
    }

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
