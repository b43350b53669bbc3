import GRDB
import SloopModel

// How the words of the model are kept: one row each, columns named as the properties.

// What is also a `StatementColumnConvertible` is read from a column without a detour.

extension Identifier: DatabaseValueConvertible, StatementColumnConvertible {
    init(sqliteStatement statement: SQLiteStatement, index: CInt) {
        self.init(String(sqliteStatement: statement, index: index))
    }

    var databaseValue: DatabaseValue { value.databaseValue }
    static func fromDatabaseValue(_ dbValue: DatabaseValue) -> Identifier<Thing>? {
        String.fromDatabaseValue(dbValue).map { Identifier($0) }
    }
}

extension Account: DatabaseValueConvertible, StatementColumnConvertible {
    init(sqliteStatement statement: SQLiteStatement, index: CInt) {
        self.init(known: String(sqliteStatement: statement, index: index))
    }

    var databaseValue: DatabaseValue { name.databaseValue }
    static func fromDatabaseValue(_ dbValue: DatabaseValue) -> Account? {
        String.fromDatabaseValue(dbValue).map { Account(known: $0) }
    }
}

extension Instance.State: DatabaseValueConvertible, StatementColumnConvertible {}
extension LaunchRun.Status: DatabaseValueConvertible, StatementColumnConvertible {}
extension KeyPair.Origin: DatabaseValueConvertible, StatementColumnConvertible {}
extension KeyRotation.Status: DatabaseValueConvertible, StatementColumnConvertible {}
extension RotationTarget.Status: DatabaseValueConvertible, StatementColumnConvertible {}
extension RotationTarget.Proof: DatabaseValueConvertible, StatementColumnConvertible {}
extension InstanceKey.Role: DatabaseValueConvertible, StatementColumnConvertible {}
extension InstanceKey.Status: DatabaseValueConvertible, StatementColumnConvertible {}
extension SloopModel.Operation.Status: DatabaseValueConvertible, StatementColumnConvertible {}
extension Disk.State: DatabaseValueConvertible, StatementColumnConvertible {}
extension Snapshot.Kind: DatabaseValueConvertible, StatementColumnConvertible {}
extension Snapshot.State: DatabaseValueConvertible, StatementColumnConvertible {}

extension Instance: FetchableRecord, PersistableRecord {
    static var databaseTableName: String { "instance" }
}
extension KeyPair: FetchableRecord, PersistableRecord {
    static var databaseTableName: String { "keyPair" }
}
extension InstanceKey: FetchableRecord, PersistableRecord {
    static var databaseTableName: String { "instanceKey" }
}
extension AccessKey: FetchableRecord, PersistableRecord {
    static var databaseTableName: String { "accessKey" }
}
extension KeyRotation: FetchableRecord, PersistableRecord {
    static var databaseTableName: String { "keyRotation" }
}
extension RotationTarget: FetchableRecord, PersistableRecord {
    static var databaseTableName: String { "rotationTarget" }
}
extension LaunchRun: FetchableRecord, PersistableRecord {
    static var databaseTableName: String { "launchRun" }
}
extension SloopModel.Operation: FetchableRecord {}
extension Disk: FetchableRecord, PersistableRecord {
    static var databaseTableName: String { "disk" }
}
extension Snapshot: FetchableRecord, PersistableRecord {
    static var databaseTableName: String { "snapshot" }
}
extension AutoSnapshotAddOn: FetchableRecord, PersistableRecord {
    static var databaseTableName: String { "autoSnapshotAddOn" }
}
extension BillingRecord: FetchableRecord, PersistableRecord {
    static var databaseTableName: String { "billing" }
}
