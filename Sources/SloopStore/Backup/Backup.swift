package import Foundation
import GRDB
package import SloopModel

/// A backup: one SQLite file, mode 0600, with all tables of a store and the key that opens its secrets.
///
/// Who has the file has every secret in it, as who has the state folder does. What machines hold is not in it.
package enum Backup {
    /// What `PRAGMA application_id` says of such a file: `SLBK`.
    static let applicationID = 0x534C_424B
    static let table = "sloopBackup"

    /// Copies the database in that folder, as it is at one moment, whether or not a server writes to it.
    ///
    /// The file is there whole, synced and read once again, or not at all. Throws `invalidInput` if something has its
    /// name, and `storage` if the store is damaged or a secret cannot be opened.
    package static func write(of folder: URL, to file: URL, at time: Date) throws -> BackupContents {
        guard access(file.path, F_OK) != 0 else {
            throw SloopError(
                .invalidInput, "\(file.path) is there already", tip: "name a new file, or move that one away")
        }
        let source = folder.appending(path: Store.fileName).path
        guard access(source, F_OK) == 0 else {
            throw SloopError(
                .notFound, "there is no \(Store.fileName) in \(folder.path)",
                tip: "name the state folder: sloop backup FILE --state DIR")
        }
        let key = try Vault(folder: folder).exported
        let part = file.deletingLastPathComponent()
            .appending(path: ".\(file.lastPathComponent).\(UUID().uuidString.lowercased())")
        defer { unlink(part.path) }
        do {
            try DurableFile.makeEmpty(part.path)
            let database = try DatabaseQueue(path: source, configuration: Backup.configuration)
            try database.vacuum(into: part.path)
            try database.close()
            try sign(part, with: key, at: time)
        } catch {
            throw Store.explain(error, source)
        }
        let contents = try examine(part)
        try DurableFile.publish(part.path, as: file.path)
        return contents
    }

    /// Looks at all that is in the file, and changes nothing.
    ///
    /// Throws `invalidInput` if it is no backup, and `storage` if it is damaged, cannot be opened with the key that is in
    /// it, or comes from a newer Sloop.
    package static func examine(_ file: URL) throws -> BackupContents {
        guard access(file.path, R_OK) == 0 else {
            throw SloopError(.notFound, "\(file.path) cannot be read: \(String(cString: strerror(errno)))")
        }
        var configuration = Backup.configuration
        configuration.readonly = true
        do {
            let database = try DatabaseQueue(path: file.path, configuration: configuration)
            return try database.read { try examine($0, file) }
        } catch let fault as DatabaseError where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(fault.resultCode) {
            throw SloopError(
                .storage, "\(file.path) is damaged, or no backup", tip: "use another backup", cause: fault)
        } catch {
            throw Store.explain(error, file.path)
        }
    }

    private static func examine(_ db: Database, _ file: URL) throws -> BackupContents {
        guard try Int.fetchOne(db, sql: "PRAGMA application_id") == Backup.applicationID,
            let row = try Row.fetchOne(db, sql: "SELECT createdAt, secretKey FROM \(Backup.table)")
        else {
            throw SloopError(
                .invalidInput, "\(file.path) is no backup of sloop's", tip: "make one with: sloop backup FILE")
        }
        guard try !Schema.migrator.hasBeenSuperseded(db) else {
            throw SloopError(
                .storage, "\(file.path) was written by a newer sloop", tip: "restore it with that version")
        }
        let damage = try String.fetchAll(db, sql: "PRAGMA integrity_check(3)")
        guard damage == ["ok"], try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") == nil else {
            throw SloopError(
                .storage, "\(file.path) is damaged: \(damage.joined(separator: "; "))", tip: "use another backup")
        }
        let vault = Vault(key: row["secretKey"])
        let sealed = try Row.fetchAll(db, sql: "SELECT name, sealed FROM secret")
        for row in sealed { _ = try vault.open(row["sealed"], name: row["name"]) }
        func count(_ table: String) throws -> Int { try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0 }
        return BackupContents(
            createdAt: row["createdAt"],
            installation: try String.fetchOne(db, sql: "SELECT value FROM setting WHERE name = 'installation'") ?? "",
            instances: try count("instance"), keyPairs: try count("keyPair"), secrets: sealed.count,
            bytes: try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0)
    }

    static var configuration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        return configuration
    }

    private static func sign(_ file: URL, with key: Data, at time: Date) throws {
        let database = try DatabaseQueue(path: file.path, configuration: configuration)
        try database.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = DELETE")
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            try db.execute(sql: "CREATE TABLE \(table) (createdAt TEXT NOT NULL, secretKey BLOB NOT NULL) STRICT")
            try db.execute(sql: "INSERT INTO \(table) VALUES (?, ?)", arguments: [time, key])
        }
        try database.close()
    }
}
