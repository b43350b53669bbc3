import SloopEngine
import SloopModel
import SloopSaga
import SloopStore

/// Takes a snapshot whose row is already recorded, or copies one. It is billed once it is there.
enum CreateSnapshot {
    struct Parameters: Codable, Sendable {
        let snapshot: SnapshotID
        /// The snapshot that it is a copy of; nil for one that is taken of its source.
        var original: SnapshotID?
    }

    static let ofInstance = make("create-instance-snapshot")
    static let ofDisk = make("create-disk-snapshot")
    static let copy = make("copy-snapshot")

    private static func make(_ name: String) -> Saga<World, Tables, Parameters> {
        Saga(
            name,
            [
                .effect("snapshot") { world, p in
                    let row = try await world.snapshot(p.snapshot)
                    switch row.kind {
                    case .instance:
                        let snapshots = try world.snapshots()
                        if let original = p.original {
                            try await snapshots.copy(original, to: row.id)
                        } else {
                            try await snapshots.take(row.id, of: InstanceID(row.source))
                        }
                    case .disk:
                        let source = VolumeID(p.original?.value ?? row.source)
                        try await world.volumes().copy(source, to: row.volume, sizeGB: row.sizeGB)
                    }
                } undo: { world, p in
                    try await world.drop(try await world.snapshot(p.snapshot))
                }
            ],
            atEnd: { tables, p, end in
                switch end {
                case .succeeded:
                    guard let row = try tables.find(p.snapshot) else { return }
                    try tables.change(p.snapshot) { $0.state = .available }
                    try tables.bill(
                        BillingRecord(
                            resource: row.id.value, account: row.account, name: row.label, type: row.kind.rawValue,
                            plan: "\(row.sizeGB) GB", monthlyPrice: row.monthlyPrice, since: tables.now))
                case .undone: try tables.remove(p.snapshot)
                case .stuck(_, let why):
                    try tables.change(p.snapshot) { snapshot in
                        snapshot.state = .error
                        snapshot.stateReason = why
                    }
                }
            })
    }
}

extension World {
    /// The row; throws `notFound` if it is gone.
    func snapshot(_ id: SnapshotID) async throws -> Snapshot {
        guard let snapshot = try await store.read({ try $0.find(id) }) else {
            throw SloopError(.notFound, "the snapshot \(id) is gone")
        }
        return snapshot
    }

    /// Deletes what the engine has for the snapshot.
    func drop(_ snapshot: Snapshot) async throws {
        switch snapshot.kind {
        case .instance: try await snapshots().delete(snapshot.id)
        case .disk: try await volumes().delete(snapshot.volume)
        }
    }
}
