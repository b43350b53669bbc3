package import Foundation
import GRDB
package import SloopModel

extension Backup {
    /// Puts the backup into a state folder that no server uses; makes the folder if it is not there.
    ///
    /// All is verified before anything is replaced. Throws `wrongState` if something is in the folder, unless it is to be
    /// moved aside: the database and the key then go to a folder inside, which is given back, and machines, images and
    /// logs stay where they are. Cut off at any point, it leaves a folder in which it can be run again, or the old state.
    package static func restore(
        _ file: URL, to state: URL, movingAside: Bool, at time: Date
    ) throws -> (backup: BackupContents, aside: URL?) {
        let backup = try examine(file)
        let folder = try StateFolder(state, mayBeHalfRestored: true)
        defer { withExtendedLifetime(folder) {} }
        let there = try FileManager.default.contentsOfDirectory(atPath: state.path)
            .filter { !["lock", stage, StateFolder.halfRestored, "sloop.sock"].contains($0) }.sorted()
        guard there.isEmpty || movingAside else {
            throw SloopError(
                .wrongState,
                "the state folder \(state.path) is not empty: it has \(there.prefix(3).joined(separator: ", "))",
                tip: "name a new folder, or add --force: what is there is moved aside, and nothing is deleted")
        }
        // A key of a backup must never be where a folder is only half of one.
        let staged = state.appending(path: stage)
        try? FileManager.default.removeItem(at: staged)
        do {
            try prepare(staged, from: file, at: time)
        } catch {
            try? FileManager.default.removeItem(at: staged)
            throw Store.explain(error, file.path)
        }
        // From here until it is gone, this file keeps a server from starting.
        let marker = state.appending(path: StateFolder.halfRestored).path
        try DurableFile.write(Data(), to: marker, mode: 0o600)
        let old = stateFiles.filter { there.contains($0) }
        var aside: URL?
        if !old.isEmpty {
            let folder = state.appending(path: "before-restore-\(UUID().uuidString.lowercased().prefix(8))")
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            for name in old {
                try DurableFile.move(state.appending(path: name).path, to: folder.appending(path: name).path)
            }
            aside = folder
        }
        for name in [Vault.fileName, Store.fileName] {
            try DurableFile.move(staged.appending(path: name).path, to: state.appending(path: name).path)
        }
        try FileManager.default.removeItem(at: staged)
        unlink(marker)
        try DurableFile.sync(folder: state.path)
        return (backup, aside)
    }

    /// Where a restore gathers what it will put in place.
    private static let stage = "restore.new"
    private static let stateFiles = [
        Store.fileName, Store.fileName + "-wal", Store.fileName + "-shm", Vault.fileName,
    ]

    /// A folder with a database that knows that it was restored, and with its key apart from it.
    private static func prepare(_ folder: URL, from file: URL, at time: Date) throws {
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        let copy = folder.appending(path: Store.fileName)
        try FileManager.default.copyItem(at: file, to: copy)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: copy.path)
        let database = try DatabaseQueue(path: copy.path, configuration: configuration)
        let key = try database.writeWithoutTransaction { db in
            let key = try Data.fetchOne(db, sql: "SELECT secretKey FROM \(table)") ?? Data()
            try db.execute(sql: "DROP TABLE \(table)")
            try db.execute(sql: "PRAGMA application_id = 0")
            try db.execute(
                sql: """
                    INSERT INTO setting (name, value) VALUES ('\(restoredAt)', ?)
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value
                    """, arguments: [time.formatted(.iso8601)])
            return key
        }
        // Without this the key would still be in a free page.
        try database.vacuum()
        try database.close()
        try DurableFile.write(key, to: folder.appending(path: Vault.fileName).path, mode: 0o600)
        try DurableFile.sync(file: copy.path)
        try DurableFile.sync(folder: folder.path)
    }

    /// The setting that a restored store has until its server has looked at what was under way.
    package static let restoredAt = "restoredAt"
}
