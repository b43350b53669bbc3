import Foundation
import Logging
import SloopCatalog
import SloopModel
import SloopStore

/// Makes the snapshots that are due, and deletes the oldest of more than seven.
struct AutoSnapshots: Sendable {
    /// How many of an instance or disk are kept.
    static let kept = 7

    let world: World
    let catalog: Catalog
    let logger: Logger

    /// One round. What cannot be done now, since something else is at work there, is tried in the next.
    func round() async throws {
        let now = world.now()
        for addOn in try await world.store.read({ try $0.enabledAddOns() }) {
            guard let day = AutoSnapshots.dueDay(addOn, at: now) else { continue }
            do {
                try await world.of(addOn.account).store.write { try begin(addOn.resource, day, in: $0, at: now) }
            } catch let error as SloopError where error.code == .busy || error.code == .wrongState {
                logger.debug("an automatic snapshot waits", metadata: ["reason": "\(error.message)"])
            }
        }
        let old = try await world.store.read { try AutoSnapshots.tooOld(in: $0) }
        guard !old.isEmpty else { return }
        try await world.store.write { tables in
            for snapshot in try AutoSnapshots.tooOld(in: tables) {
                // One that something is being made from has its turn in a later round.
                do { _ = try tables.delete(snapshot, at: now) } catch let error as SloopError where error.code == .busy
                {}
            }
        }
    }

    /// Those that are complete and not among the newest of their source.
    private static func tooOld(in tables: Tables) throws -> [Snapshot] {
        let complete = try tables.snapshots().filter { $0.day != nil && $0.state == .available }
        return Dictionary(grouping: complete, by: \.source).values.flatMap { all in
            all.sorted { ($0.day ?? "") > ($1.day ?? "") }.dropFirst(kept)
        }
    }

    private func begin(_ resource: String, _ day: String, in tables: Tables, at now: Date) throws {
        // It may have been switched off, or have been at it, since we looked.
        guard var addOn = try tables.addOn(of: resource), AutoSnapshots.dueDay(addOn, at: now) == day else { return }
        let draft: Snapshot
        switch addOn.kind {
        case .instance:
            guard let instance = try tables.find(InstanceID(resource)) else { return }
            draft = try tables.draft(nil, of: instance, catalog, day: day, at: now)
        case .disk:
            guard let disk = try tables.find(DiskID(resource)) else { return }
            draft = try tables.draft(nil, of: disk, catalog, day: day, at: now)
        }
        // That of the day may be there, from before the hour was changed.
        if try !tables.automaticSnapshots(of: resource).contains(where: { $0.day == day }) {
            _ = try tables.accept(draft, at: now)
        }
        addOn.lastDay = day
        try tables.save(addOn)
    }

    /// The day for which a snapshot is due and was not begun; nil if there is none. A time that passed while the server
    /// was away is made up for once, whatever its number.
    static func dueDay(_ addOn: AutoSnapshotAddOn, at now: Date) -> String? {
        let due = lastTime(addOn.hour, before: now)
        guard addOn.isEnabled, due >= addOn.since else { return nil }
        let day = day(of: due)
        return day == addOn.lastDay ? nil : day
    }

    /// The next time after now.
    static func nextTime(_ hour: Int, after now: Date) -> Date { lastTime(hour, before: now) + 86400 }

    private static func lastTime(_ hour: Int, before now: Date) -> Date {
        let seconds = now.timeIntervalSince1970 - Double(hour * 3600)
        return Date(timeIntervalSince1970: (seconds / 86400).rounded(.down) * 86400 + Double(hour * 3600))
    }

    /// The day in UTC, `2026-11-25`.
    static func day(of time: Date) -> String { time.formatted(.iso8601.year().month().day()) }
}
