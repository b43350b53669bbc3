import GRDB
package import SloopModel

extension Tables {
    /// All disks that are not deleted, by name.
    package func disks() throws -> [Disk] {
        try Disk.fetchAll(
            db.cachedStatement(sql: "SELECT * FROM disk WHERE account = ?1 OR ?1 IS NULL ORDER BY name, account"),
            arguments: [account])
    }

    /// The disks whose names come after that one, by name; at most so many.
    package func disks(after name: String?, limit: Int) throws -> [Disk] {
        try Disk.filter(Column("account") == owner() && Column("name") > (name ?? ""))
            .order(Column("name")).limit(limit).fetchAll(db)
    }

    /// The disks that the instance has, or is about to have or to lose, by name.
    package func disks(of instance: InstanceID) throws -> [Disk] {
        try Disk.fetchAll(
            db.cachedStatement(sql: "SELECT * FROM disk WHERE instance = ? ORDER BY name"), arguments: [instance])
    }

    /// The disks that instances have, by name, by instance.
    package func attachedDisks() throws -> [InstanceID: [Disk]] {
        let all = try Disk.fetchAll(
            db.cachedStatement(
                sql: "SELECT * FROM disk WHERE instance IS NOT NULL AND (account = ?1 OR ?1 IS NULL) ORDER BY name"),
            arguments: [account])
        return Dictionary(grouping: all) { $0.instance ?? InstanceID() }
    }

    package func find(_ id: DiskID) throws -> Disk? {
        try one("SELECT * FROM disk WHERE id = ?1 AND (account = ?2 OR ?2 IS NULL)", [id, account])
    }

    /// Throws `notFound` if there is none.
    package func disk(named name: String) throws -> Disk {
        if let disk = try Disk.filter(Column("account") == owner() && Column("name") == name).fetchOne(db) {
            return disk
        }
        throw SloopError(.notFound, "no disk is named '\(name)'", tip: "see them with: sloop disk list")
    }

    package func insert(_ disk: Disk) throws { try disk.insert(db) }

    /// Changes the row if it is still there.
    package func change(_ id: DiskID, _ edit: (inout Disk) -> Void) throws {
        guard var disk = try find(id) else { return }
        edit(&disk)
        try disk.update(db)
    }

    /// Removes the row with its add-on, and frees its name.
    package func remove(_ id: DiskID) throws {
        guard let disk = try find(id) else { return }
        try disk.delete(db)
        try removeAddOn(of: id.value)
        try release(name: disk.name, of: disk.account)
    }
}
