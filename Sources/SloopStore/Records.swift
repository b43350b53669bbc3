import GRDB
import SloopModel

// How the words of the model are kept: one row each, columns named as the properties.

extension Identifier: DatabaseValueConvertible {
    var databaseValue: DatabaseValue { value.databaseValue }
    static func fromDatabaseValue(_ dbValue: DatabaseValue) -> Identifier<Thing>? {
        String.fromDatabaseValue(dbValue).map { Identifier($0) }
    }
}

extension Account: DatabaseValueConvertible {
    var databaseValue: DatabaseValue { name.databaseValue }
    static func fromDatabaseValue(_ dbValue: DatabaseValue) -> Account? {
        String.fromDatabaseValue(dbValue).map { Account(known: $0) }
    }
}

extension Instance.State: DatabaseValueConvertible {}
extension LaunchRun.Status: DatabaseValueConvertible {}
extension KeyPair.Origin: DatabaseValueConvertible {}
extension KeyRotation.Status: DatabaseValueConvertible {}
extension RotationTarget.Status: DatabaseValueConvertible {}
extension RotationTarget.Proof: DatabaseValueConvertible {}
extension InstanceKey.Role: DatabaseValueConvertible {}
extension InstanceKey.Status: DatabaseValueConvertible {}
extension SloopModel.Operation.Status: DatabaseValueConvertible {}
extension Disk.State: DatabaseValueConvertible {}
extension Snapshot.Kind: DatabaseValueConvertible {}
extension Snapshot.State: DatabaseValueConvertible {}

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
