import GRDB
package import SloopModel

extension Tables {
    /// The alarms of the account, or everybody's, by name.
    package func alarms() throws -> [Alarm] {
        try Alarm.fetchAll(
            db, sql: "SELECT * FROM alarm WHERE account = ?1 OR ?1 IS NULL ORDER BY name", arguments: [account])
    }

    package func find(alarm name: String) throws -> Alarm? {
        try one("SELECT * FROM alarm WHERE account = ? AND name = ?", [owner(), name])
    }

    /// Throws `notFound` if there is none.
    package func alarm(named name: String) throws -> Alarm {
        if let alarm = try find(alarm: name) { return alarm }
        throw SloopError(.notFound, "no alarm is named '\(name.prefix(80))'", tip: "see them: GetAlarms")
    }

    /// Adds the alarm, or replaces the one of the same id.
    package func save(_ alarm: Alarm) throws { try alarm.upsert(db) }

    /// Removes the row and frees the name.
    package func remove(_ alarm: Alarm) throws {
        try alarm.delete(db)
        try release(name: alarm.name, of: alarm.account)
    }

    /// Removes the alarms of an instance that goes, and frees their names.
    package func removeAlarms(of instance: InstanceID) throws {
        let gone = try Alarm.filter(Column("instance") == instance).fetchAll(db)
        for alarm in gone { try remove(alarm) }
    }

    /// The contact methods of an account.
    package func contactMethods(of account: Account) throws -> [ContactMethod] {
        try ContactMethod.filter(Column("account") == account).order(Column("protocol")).fetchAll(db)
    }

    /// Adds the method, or replaces the one of the same protocol.
    package func save(_ method: ContactMethod) throws { try method.upsert(db) }

    package func remove(_ method: ContactMethod) throws { try method.delete(db) }
}

extension Metric: DatabaseValueConvertible {}
extension Alarm.Comparison: DatabaseValueConvertible {}
extension Alarm.MissingData: DatabaseValueConvertible {}
extension Alarm.State: DatabaseValueConvertible {}
extension Alarm: FetchableRecord, PersistableRecord {
    static var databaseTableName: String { "alarm" }
}
extension ContactMethod: FetchableRecord, PersistableRecord {
    static var databaseTableName: String { "contactMethod" }
}
