import Foundation
import GRDB
package import SloopModel

extension Tables {
    /// All instances that are not deleted, by name.
    package func instances() throws -> [Instance] {
        try Instance.fetchAll(
            db.cachedStatement(sql: "SELECT * FROM instance WHERE account = ?1 OR ?1 IS NULL ORDER BY name, account"),
            arguments: [account])
    }

    /// The instances whose names come after that one, by name; at most so many.
    package func instances(after name: String?, limit: Int) throws -> [Instance] {
        try Instance.fetchAll(
            db.cachedStatement(sql: "SELECT * FROM instance WHERE account = ? AND name > ? ORDER BY name LIMIT ?"),
            arguments: [owner(), name ?? "", limit])
    }

    /// What all instances that are not deleted do, without the rest of their rows.
    package func instanceStates() throws -> [InstanceID: Instance.State] {
        let rows = try Row.fetchCursor(
            db.cachedStatement(sql: "SELECT id, state FROM instance WHERE account = ?1 OR ?1 IS NULL"),
            arguments: [account])
        var states: [InstanceID: Instance.State] = [:]
        while let row = try rows.next() { states[row[0]] = row[1] }
        return states
    }

    package func find(_ id: InstanceID) throws -> Instance? {
        try one("SELECT * FROM instance WHERE id = ?1 AND (account = ?2 OR ?2 IS NULL)", [id, account])
    }

    package func find(instance name: String) throws -> Instance? {
        try one("SELECT * FROM instance WHERE account = ? AND name = ?", [owner(), name])
    }

    /// Throws `notFound` with the names that come near.
    package func instance(named name: String) throws -> Instance {
        if let instance = try find(instance: name) { return instance }
        throw SloopError(.notFound, "no instance is named '\(name)'", tip: "see them with: sloop instance list")
    }

    package func insert(_ instance: Instance) throws { try instance.insert(db) }

    /// Changes the row if it is still there.
    package func change(_ id: InstanceID, _ edit: (inout Instance) -> Void) throws {
        guard var instance = try find(id) else { return }
        edit(&instance)
        try instance.update(db)
    }

    /// Removes the row with its keys, launch runs and add-on, and frees its name, its address and its disks.
    package func remove(_ id: InstanceID) throws {
        guard let instance = try find(id) else { return }
        try removeAlarms(of: id)
        for disk in try disks(of: id) {
            try change(disk.id) { disk in
                disk.instance = nil
                disk.path = nil
                if disk.state == .inUse { disk.state = .available }
            }
        }
        try removeAddOn(of: id.value)
        try instance.delete(db)
        try release(name: instance.name, of: instance.account)
    }

    /// The numbers of the addresses that instances and static addresses hold.
    package func addressSlots() throws -> Set<Int> {
        try Set(
            Int.fetchAll(
                db.cachedStatement(
                    sql: "SELECT addressSlot FROM instance UNION ALL SELECT addressSlot FROM staticAddress")))
    }

    package func insert(_ run: LaunchRun) throws { try run.insert(db) }

    package func find(_ id: LaunchID) throws -> LaunchRun? {
        try one("SELECT * FROM launchRun WHERE id = ?", [id])
    }

    /// The newest run of the instance's launch script.
    package func latestRun(of instance: InstanceID) throws -> LaunchRun? {
        try one(
            "SELECT * FROM launchRun WHERE instance = ? ORDER BY createdAt DESC, rowid DESC LIMIT 1", [instance])
    }

    /// The newest run of each instance's launch script.
    package func latestRuns() throws -> [InstanceID: LaunchRun] {
        let runs = try LaunchRun.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT launchRun.* FROM instance JOIN launchRun ON launchRun.rowid = (
                        SELECT rowid FROM launchRun WHERE instance = instance.id ORDER BY createdAt DESC, rowid DESC LIMIT 1)
                    WHERE instance.account = ?1 OR ?1 IS NULL
                    """), arguments: [account])
        return Dictionary(uniqueKeysWithValues: runs.map { ($0.instance, $0) })
    }

    /// All runs of the instance's launch scripts, oldest first.
    package func runs(of instance: InstanceID) throws -> [LaunchRun] {
        try LaunchRun.filter(Column("instance") == instance).order(Column("createdAt"), Column.rowID).fetchAll(db)
    }

    /// Changes the row if it is still there.
    package func change(_ id: LaunchID, _ edit: (inout LaunchRun) -> Void) throws {
        guard var run = try find(id) else { return }
        edit(&run)
        try run.update(db)
    }
}
