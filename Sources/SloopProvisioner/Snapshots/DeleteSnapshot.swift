import Foundation
import SloopEngine
import SloopModel
import SloopSaga
import SloopStore

/// Deletes a snapshot. What was made from it stays.
enum DeleteSnapshot {
    struct Parameters: Codable, Sendable {
        let snapshot: SnapshotID
    }

    static let ofInstance = make("delete-instance-snapshot")
    static let ofDisk = make("delete-disk-snapshot")
    static let automatic = make("delete-auto-snapshot")

    private static func make(_ name: String) -> Saga<World, Tables, Parameters> {
        Saga(
            name,
            [
                .effect("snapshot") { world, p in
                    try await world.drop(try await world.snapshot(p.snapshot))
                }
            ],
            atEnd: { tables, p, end in
                switch end {
                case .succeeded:
                    try tables.endBill(of: p.snapshot.value, at: tables.now)
                    try tables.remove(p.snapshot)
                case .undone(_, let why), .stuck(_, let why):
                    try tables.change(p.snapshot) { snapshot in
                        snapshot.state = .error
                        snapshot.stateReason = "could not be deleted: \(why)"
                    }
                }
            })
    }
}

extension Tables {
    /// Has the snapshot deleted. Throws `busy` while something is made from it.
    func delete(_ snapshot: Snapshot, at time: Date) throws -> SloopModel.Operation {
        let isAutomatic = snapshot.name == nil
        let saga =
            switch (isAutomatic, snapshot.kind) {
            case (true, _): DeleteSnapshot.automatic
            case (false, .instance): DeleteSnapshot.ofInstance
            case (false, .disk): DeleteSnapshot.ofDisk
            }
        if let user = try heldLocks().first(where: { $0.hasPrefix(Lock.uses(of: snapshot.id)) }),
            let holder = try holder(of: user)
        {
            throw SloopError(
                .busy, "from '\(snapshot.label)' '\(holder.resourceName)' is being made (operation \(holder.id))",
                tip: "wait for it and try again")
        }
        // Lightsail's words for an automatic one, which belongs to its source.
        let operation = try accept(
            saga, DeleteSnapshot.Parameters(snapshot: snapshot.id), of: snapshot.account,
            on: isAutomatic ? snapshot.sourceName : snapshot.label,
            type: isAutomatic ? snapshot.kind.sourceType : snapshot.kind.rawValue,
            details: snapshot.day.map { "DeleteAutoSnapshot-\($0)" }, locks: [Lock.snapshot(snapshot.id)], at: time)
        try change(snapshot.id) { snapshot in
            snapshot.state = .deleting
            snapshot.stateReason = nil
        }
        return operation
    }

    /// Automatic snapshots go with their source.
    func deleteAutomaticSnapshots(of source: String, at time: Date) throws {
        for snapshot in try automaticSnapshots(of: source) where snapshot.state != .deleting {
            // One that something is being made from is left to the reconciler, which comes by again.
            do { _ = try delete(snapshot, at: time) } catch let error as SloopError where error.code == .busy {}
        }
    }
}

extension Snapshot.Kind {
    /// Lightsail's type of what it is a snapshot of.
    package var sourceType: String {
        switch self {
        case .instance: "Instance"
        case .disk: "Disk"
        }
    }
}
