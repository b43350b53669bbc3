import Foundation
import GRDB
import SloopModel
import Testing

@testable import SloopStore

@Suite struct BackupTests {
    private let time = Date(timeIntervalSince1970: 1_790_000_000)

    @Test func aBackupThatIsMadeWhileOthersWriteIsTheStateOfOneMoment() async throws {
        let (scratch, target) = (try Scratch(), try Scratch())
        let store = try scratch.open()
        let writer = Task {
            var number = 0
            while !Task.isCancelled {
                number += 1
                let text = "\(number)"
                try await store.write { tables in
                    try tables.set(setting: "one", to: text)
                    try tables.set(secret: "two", to: text)
                }
            }
            return number
        }
        for round in 0..<20 {
            let file = scratch.url.appending(path: "backup-\(round)")
            _ = try await store.backup(to: file, at: time)
            let folder = target.url.appending(path: "\(round)")
            _ = try Backup.restore(file, to: folder, movingAside: false, at: time)
            let copy = try Store(folder: folder, vault: Vault(folder: folder))
            let (one, two) = try await copy.read { (try $0.setting("one"), try $0.secret("two")) }
            #expect(one == two)
            try copy.close()
        }
        writer.cancel()
        #expect(try await writer.value > 20)
    }

    @Test func aBackupIsForItsOwnerAloneAndOpensItsSecrets() async throws {
        let (scratch, target) = (try Scratch(), try Scratch())
        let store = try scratch.open()
        try await store.write { try $0.set(secret: "hidden", to: "treasure") }
        let file = scratch.url.appending(path: "backup")
        let made = try await store.backup(to: file, at: time)
        #expect(made.secrets == 1 && made.createdAt == time)
        #expect(try mode(file) == 0o600)
        _ = try Backup.restore(file, to: target.url, movingAside: false, at: time)
        #expect(try await target.open().read { try $0.secret("hidden") } == "treasure")
        for name in [Store.fileName, Vault.fileName] {
            #expect(try mode(target.url.appending(path: name)) == 0o600)
        }
        // The key is beside the database again, and not inside.
        let key = try #require(FileManager.default.contents(atPath: target.url.appending(path: Vault.fileName).path))
        let database = try #require(FileManager.default.contents(atPath: target.file))
        #expect(database.range(of: key) == nil)
        #expect(try #require(FileManager.default.contents(atPath: file.path)).range(of: key) != nil)
    }

    @Test func aBackupReplacesNoFileAndLeavesNoneThatIsHalf() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let file = scratch.url.appending(path: "backup")
        try Data("mine".utf8).write(to: file)
        let taken = await storageFailure { _ = try await store.backup(to: file, at: time) }
        #expect(taken?.code == .invalidInput)
        #expect(FileManager.default.contents(atPath: file.path) == Data("mine".utf8))
        let nowhere = scratch.url.appending(path: "no/such/folder/backup")
        #expect(await storageFailure { _ = try await store.backup(to: nowhere, at: time) }?.code == .storage)
        let left = try FileManager.default.contentsOfDirectory(atPath: scratch.url.path)
        #expect(left.filter { $0.contains("backup") } == ["backup"])
    }

    @Test func aBackupOfAStoreWithTheWrongKeyIsRefused() async throws {
        let (scratch, other) = (try Scratch(), try Scratch())
        let store = try scratch.open()
        try await store.write { try $0.set(secret: "hidden", to: "treasure") }
        try store.close()
        _ = try other.open()
        let key = scratch.url.appending(path: Vault.fileName)
        try FileManager.default.removeItem(at: key)
        try FileManager.default.copyItem(at: other.url.appending(path: Vault.fileName), to: key)
        let file = scratch.url.appending(path: "backup")
        let error = await storageFailure { _ = try Backup.write(of: scratch.url, to: file, at: time) }
        #expect(error?.message == "the secret 'hidden' cannot be opened with this secret.key")
        #expect(access(file.path, F_OK) != 0)
    }

    @Test func whatIsNoGoodBackupIsRefusedAndNothingIsReplaced() async throws {
        let (scratch, target) = (try Scratch(), try Scratch())
        let store = try scratch.open()
        try await store.write { try $0.set(secret: "hidden", to: String(repeating: "treasure", count: 20_000)) }
        let good = scratch.url.appending(path: "good")
        _ = try await store.backup(to: good, at: time)
        let old = try target.open()
        try await old.write { try $0.set(setting: "old", to: "yes") }
        try old.close()
        let before = try picture(target.url)
        func refusal(_ name: String, _ change: (URL) throws -> Void) async throws -> SloopError? {
            let bad = scratch.url.appending(path: name)
            try FileManager.default.copyItem(at: good, to: bad)
            try change(bad)
            return await storageFailure {
                _ = try Backup.restore(bad, to: target.url, movingAside: true, at: time)
            }
        }
        func sql(_ text: String) -> (URL) throws -> Void {
            { url in
                let database = try DatabaseQueue(path: url.path)
                try database.writeWithoutTransaction { try $0.execute(sql: text) }
                try database.close()
            }
        }
        let newer = try await refusal(
            "newer", sql("INSERT INTO grdb_migrations (identifier) VALUES ('99-from-the-future')"))
        #expect(newer?.message.hasSuffix("was written by a newer sloop") == true)
        let otherKey = try await refusal("other key", sql("UPDATE sloopBackup SET secretKey = zeroblob(32)"))
        #expect(otherKey?.code == .storage)
        let plain = try await refusal("plain") { url in
            try FileManager.default.removeItem(at: url)
            try FileManager.default.copyItem(atPath: scratch.file, toPath: url.path)
        }
        #expect(plain?.code == .invalidInput, "\(plain.map { "\($0)" } ?? "")")
        let text = try await refusal("text") { try Data(repeating: 65, count: 9000).write(to: $0) }
        #expect(text?.code == .storage)
        let short = try await refusal("short") { url in
            try #require(truncate(url.path, 40_000) == 0)
        }
        #expect(short?.code == .storage)
        #expect(try picture(target.url) == before)
    }

    @Test func aFolderThatIsNotEmptyIsRefusedUnlessWhatIsThereIsMovedAside() async throws {
        let (scratch, target) = (try Scratch(), try Scratch())
        let store = try scratch.open()
        try await store.write { try $0.set(setting: "which", to: "new") }
        let file = scratch.url.appending(path: "backup")
        _ = try await store.backup(to: file, at: time)
        let old = try target.open()
        try await old.write { tables in
            try tables.set(setting: "which", to: "old")
            try tables.set(secret: "hidden", to: "treasure")
        }
        let machine = target.url.appending(path: "machines/one")
        try FileManager.default.createDirectory(at: machine, withIntermediateDirectories: true)
        let refused = await storageFailure {
            _ = try Backup.restore(file, to: target.url, movingAside: false, at: time)
        }
        #expect(refused?.code == .wrongState)
        #expect(try await old.read { try $0.setting("which") } == "old")
        try old.close()
        let aside = try #require(try Backup.restore(file, to: target.url, movingAside: true, at: time).aside)
        #expect(try await target.open().read { try $0.setting("which") } == "new")
        let kept = try Store(folder: aside, vault: Vault(folder: aside))
        #expect(try await kept.read { try $0.setting("which") } == "old")
        #expect(try await kept.read { try $0.secret("hidden") } == "treasure")
        // The machines of the local engine are what the restored server adopts.
        #expect(access(machine.path, F_OK) == 0)
    }

    @Test func aFolderThatAServerUsesIsRefused() async throws {
        let (scratch, target) = (try Scratch(), try Scratch())
        let store = try scratch.open()
        let file = scratch.url.appending(path: "backup")
        _ = try await store.backup(to: file, at: time)
        let server = try StateFolder(target.url)
        let error = await storageFailure { _ = try Backup.restore(file, to: target.url, movingAside: true, at: time) }
        #expect(error?.message.hasPrefix("another sloop serves the state folder") == true)
        withExtendedLifetime(server) {}
    }

    @Test func aRestoreThatWasCutOffKeepsAServerFromStartingAndIsRunAgain() async throws {
        let (scratch, target) = (try Scratch(), try Scratch())
        let store = try scratch.open()
        try await store.write { try $0.set(setting: "which", to: "new") }
        let file = scratch.url.appending(path: "backup")
        _ = try await store.backup(to: file, at: time)
        _ = try target.open()
        // What the first attempt leaves that ends when the old files are away and the new ones not all there.
        try FileManager.default.removeItem(atPath: target.file)
        try Data().write(to: target.url.appending(path: StateFolder.halfRestored))
        let error = await storageFailure { _ = try StateFolder(target.url) }
        #expect(error?.message == "a restore into \(target.url.path) was cut off")
        _ = try Backup.restore(file, to: target.url, movingAside: true, at: time)
        _ = try StateFolder(target.url)
        #expect(try await target.open().read { try $0.setting("which") } == "new")
    }

    private func mode(_ url: URL) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions] as? Int
    }

    /// The files with what is in them, without the lock.
    private func picture(_ folder: URL) throws -> [String: Data?] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0 != "lock" }
        return Dictionary(
            uniqueKeysWithValues: names.map { name in
                (name, FileManager.default.contents(atPath: folder.appending(path: name).path))
            })
    }
}
