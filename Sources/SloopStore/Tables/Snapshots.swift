import GRDB
package import SloopModel

extension Tables {
    /// All snapshots that are not deleted, automatic ones too, oldest first.
    package func snapshots() throws -> [Snapshot] {
        try Snapshot.fetchAll(
            db.cachedStatement(
                sql: "SELECT * FROM snapshot WHERE account = ?1 OR ?1 IS NULL ORDER BY createdAt, rowid"),
            arguments: [account])
    }

    /// The snapshots of that kind with names after that one, by name; at most so many.
    package func snapshots(_ kind: Snapshot.Kind, after name: String?, limit: Int) throws -> [Snapshot] {
        try Snapshot.filter(Column("account") == owner() && Column("kind") == kind && Column("name") > (name ?? ""))
            .order(Column("name")).limit(limit).fetchAll(db)
    }

    /// The automatic snapshots of an instance or disk, newest first.
    package func automaticSnapshots(of source: String) throws -> [Snapshot] {
        try Snapshot.filter(Column("source") == source && Column("day") != nil).order(Column("day").desc).fetchAll(db)
    }

    package func find(_ id: SnapshotID) throws -> Snapshot? {
        try one("SELECT * FROM snapshot WHERE id = ?1 AND (account = ?2 OR ?2 IS NULL)", [id, account])
    }

    /// Throws `notFound` if there is none of that kind; of any kind, if none is said.
    package func snapshot(named name: String, _ kind: Snapshot.Kind? = nil) throws -> Snapshot {
        let found = try Snapshot.filter(Column("account") == owner() && Column("name") == name).fetchOne(db)
        if let found, kind == nil || found.kind == kind { return found }
        let what = kind == .disk ? "snapshot of a disk" : kind == .instance ? "snapshot of an instance" : "snapshot"
        throw SloopError(.notFound, "no \(what) is named '\(name)'", tip: "see them with: sloop snapshot list")
    }

    package func insert(_ snapshot: Snapshot) throws { try snapshot.insert(db) }

    /// Changes the row if it is still there.
    package func change(_ id: SnapshotID, _ edit: (inout Snapshot) -> Void) throws {
        guard var snapshot = try find(id) else { return }
        edit(&snapshot)
        try snapshot.update(db)
    }

    /// Removes the row, and frees its name.
    package func remove(_ id: SnapshotID) throws {
        guard let snapshot = try find(id) else { return }
        try snapshot.delete(db)
        if let name = snapshot.name { try release(name: name, of: snapshot.account) }
    }

    // MARK: Add-ons

    /// The add-on of an instance or disk; nil if it never had it.
    package func addOn(of resource: String) throws -> AutoSnapshotAddOn? {
        try one("SELECT * FROM autoSnapshotAddOn WHERE resource = ?", [resource])
    }

    /// The add-ons of all instances, or of all disks, by the id of the resource.
    package func addOns(_ kind: Snapshot.Kind) throws -> [String: AutoSnapshotAddOn] {
        let all = try AutoSnapshotAddOn.fetchAll(
            db.cachedStatement(
                sql: "SELECT * FROM autoSnapshotAddOn WHERE kind = ?2 AND (account = ?1 OR ?1 IS NULL)"),
            arguments: [account, kind])
        return Dictionary(uniqueKeysWithValues: all.map { ($0.resource, $0) })
    }

    /// Those that are switched on.
    package func enabledAddOns() throws -> [AutoSnapshotAddOn] {
        try AutoSnapshotAddOn.filter(Column("isEnabled") == true).order(Column("resource")).fetchAll(db)
    }

    /// Adds the row or replaces that of the same resource.
    package func save(_ addOn: AutoSnapshotAddOn) throws { try addOn.upsert(db) }

    package func removeAddOn(of resource: String) throws {
        try run("DELETE FROM autoSnapshotAddOn WHERE resource = ?", [resource])
    }
}
