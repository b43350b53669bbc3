import Foundation
package import SloopModel
import SloopStore

/// Automatic snapshots of instances and disks: whether, when, and which there are.
package struct AddOnService: Sendable {
    let world: World
    let desk: SagaDesk

    /// The hour (UTC) for who names none.
    package static let usualHour = 6

    /// The automatic snapshots of one instance or disk.
    package struct View: Sendable {
        package let name: String
        package let kind: Snapshot.Kind
        /// Newest first.
        package let snapshots: [Snapshot]
    }

    /// The hour of `06:00`. Throws `invalidInput` unless it is a whole hour.
    package static func hour(_ text: String) throws -> Int {
        guard let match = text.wholeMatch(of: /([0-9]{2}):00/), let hour = Int(match.1), hour < 24 else {
            throw SloopError(
                .invalidInput, "'\(text.prefix(20))' is no time for automatic snapshots",
                tip: "give a whole hour of UTC, e.g. 06:00")
        }
        return hour
    }

    /// Has a snapshot made every day at that hour (UTC).
    package func enable(_ name: String, hour: Int) async throws -> SloopModel.Operation {
        let now = world.now()
        return try await world.store.write { tables in
            let (id, kind) = try tables.source(named: name)
            switch kind {
            case .instance: _ = try world.snapshots()
            case .disk: _ = try world.volumes()
            }
            let before = try tables.addOn(of: id)
            var addOn = AutoSnapshotAddOn(
                resource: id, account: try tables.owner(), kind: kind, isEnabled: true, hour: hour, since: now)
            addOn.lastDay = before?.lastDay
            // The time that it has had goes on if nothing changes.
            if let before, before.isEnabled, before.hour == hour { addOn.since = before.since }
            try tables.save(addOn)
            return try tables.recordDone("enable-add-on", on: name, type: kind.sourceType, at: now)
        }
    }

    /// Makes no more. Those that are there stay, and the time is remembered.
    package func disable(_ name: String) async throws -> SloopModel.Operation {
        let now = world.now()
        return try await world.store.write { tables in
            let (id, kind) = try tables.source(named: name)
            guard var addOn = try tables.addOn(of: id) else {
                throw SloopError(
                    .notFound, "'\(name)' has no automatic snapshots",
                    tip: "switch them on with EnableAddOn")
            }
            addOn.isEnabled = false
            try tables.save(addOn)
            return try tables.recordDone("disable-add-on", on: name, type: kind.sourceType, at: now)
        }
    }

    package func automatic(of name: String) async throws -> View {
        try await world.store.read { tables in
            let (id, kind) = try tables.source(named: name)
            return View(name: name, kind: kind, snapshots: try tables.automaticSnapshots(of: id))
        }
    }

    /// Deletes the automatic snapshot of that day. Throws `notFound` if there is none.
    package func deleteAutomatic(of name: String, day: String) async throws -> SloopModel.Operation {
        let now = world.now()
        let operation = try await world.store.write { tables in
            let (id, _) = try tables.source(named: name)
            guard let snapshot = try tables.automaticSnapshots(of: id).first(where: { $0.day == day }) else {
                throw SloopError(
                    .notFound, "'\(name)' has no automatic snapshot of \(day.prefix(40))",
                    tip: "see them with: sloop snapshot list --of \(name)")
            }
            return try tables.delete(snapshot, at: now)
        }
        await desk.scan()
        return operation
    }
}
