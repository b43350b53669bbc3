import Foundation
import GRDB
import SloopModel
@testable import SloopStore
import Testing

/// A folder that is gone when the test is.
final class Scratch {
    let url = URL(filePath: NSTemporaryDirectory()).appending(path: "sloop-store-\(UUID().uuidString)")
    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: url) }
    var file: String { url.appending(path: Store.fileName).path }
    func open() throws -> Store { try Store(folder: url, vault: Vault(folder: url)).of(.default) }
}

func storageFailure(_ body: () async throws -> Void) async -> SloopError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? SloopError
    }
}

@Suite struct StoreFileTests {
    @Test func whatWasWrittenIsThereAfterReopening() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        try await store.write { try $0.set(setting: "installation", to: "one") }
        try store.close()
        #expect(try await scratch.open().read { try $0.setting("installation") } == "one")
    }

    @Test func everyWriteIsSyncedToDisk() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let modes = try await store.write { tables in
            [
                try String.fetchOne(tables.db, sql: "PRAGMA journal_mode"),
                try String.fetchOne(tables.db, sql: "PRAGMA synchronous"),
            ]
        }
        #expect(modes == ["wal", "2"])
    }

    @Test func whoReadsForLongKeepsNoWriterWaitingAndTheLogIsEmptiedAfterwards() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let (begun, isBegun) = AsyncStream.makeStream(of: Void.self)
        let over = DispatchSemaphore(value: 0)
        let reader = Task {
            try await store.read { tables in
                _ = try tables.setting("text")
                isBegun.finish()
                over.wait()
            }
        }
        for await _ in begun {}
        let start = ContinuousClock.now
        for number in 0..<40 {
            // Another text each time: SQLite writes no page that is as it was.
            let text = String(repeating: "\(number % 10)", count: 1 << 20)
            try await store.write { try $0.set(setting: "text", to: text) }
        }
        // It is waited for once in a while, and then not for long.
        #expect(start.duration(to: .now) < .seconds(20))
        over.signal()
        try await reader.value
        func size() throws -> Int {
            try FileManager.default.attributesOfItem(atPath: scratch.file + "-wal")[.size] as! Int
        }
        #expect(try size() > 2 * LogKeeper.limit)
        for _ in 0..<200 where try size() > LogKeeper.limit {
            try await Task.sleep(for: .milliseconds(100))
            try await store.write { try $0.set(setting: "text", to: "the end") }
        }
        #expect(try size() < LogKeeper.limit)
        #expect(try await store.read { try $0.setting("text") } == "the end")
    }

    @Test func aDamagedFileIsNamedAndLeftAsItIs() async throws {
        let scratch = try Scratch()
        _ = try Vault(folder: scratch.url)
        let garbage = Data("this is no database, and never was one".utf8)
        try garbage.write(to: URL(filePath: scratch.file))
        let error = await storageFailure { _ = try scratch.open() }
        #expect(error?.code == .storage)
        #expect(error?.message == "\(scratch.file) is damaged or no SQLite file")
        #expect(FileManager.default.contents(atPath: scratch.file) == garbage)
    }

    @Test func aFileFromANewerSloopIsRefusedUnchanged() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        try await store.write {
            try $0.db.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('99-from-the-future')")
        }
        try store.close()
        func picture() throws -> [String] {
            try DatabaseQueue(path: scratch.file).read { db in
                try String.fetchAll(db, sql: "SELECT coalesce(sql, name) FROM sqlite_master")
                    + String.fetchAll(db, sql: "SELECT identifier FROM grdb_migrations")
            }
        }
        let before = try picture()
        let error = await storageFailure { _ = try scratch.open() }
        #expect(error?.message == "\(scratch.file) was written by a newer sloop")
        #expect(try picture() == before && before.last == "99-from-the-future")
    }

    @Test func aLockedFileIsReportedAndNothingIsLost() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        try await store.write { try $0.set(setting: "a", to: "1") }
        var unsafe = Configuration()
        unsafe.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: scratch.file, configuration: unsafe)
        try other.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let error = await storageFailure { try await store.write { try $0.set(setting: "a", to: "2") } }
        #expect(error?.message == "\(scratch.file) is locked by another program")
        try other.inDatabase { try $0.execute(sql: "ROLLBACK") }
        #expect(try await store.read { try $0.setting("a") } == "1")
        try await store.write { try $0.set(setting: "a", to: "3") }
        #expect(try await store.read { try $0.setting("a") } == "3")
    }

    @Test func aFullDiskFailsEveryWriteOfTheTransactionAndLosesNothing() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        try await store.write { try $0.set(setting: "kept", to: "yes") }
        let pages = try await store.write { tables in
            let pages = try Int.fetchOne(tables.db, sql: "PRAGMA page_count") ?? 0
            try tables.db.execute(sql: "PRAGMA max_page_count = \(pages)")
            return pages
        }
        #expect(pages > 0)
        let big = String(repeating: "x", count: 1_000_000)
        let error = await storageFailure { try await store.write { try $0.set(setting: "big", to: big) } }
        #expect(error?.message == "\(scratch.file) cannot grow: the disk is full")
        #expect(try await store.read { try $0.setting("kept") } == "yes")
        #expect(try await store.read { try $0.setting("big") } == nil)
    }

    @Test func manyWritesAtOnceEachSucceedOrFailOnTheirOwn() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        struct Refused: Error {}
        let failures = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    do {
                        try await store.write { tables in
                            try tables.set(setting: "n\(number)", to: "\(number)")
                            if number.isMultiple(of: 10) { throw Refused() }
                        }
                        return false
                    } catch {
                        return error is Refused
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(failures == 20)
        let kept = try await store.read { tables in
            try (0..<200).filter { try tables.setting("n\($0)") != nil }
        }
        #expect(kept == (0..<200).filter { !$0.isMultiple(of: 10) })
    }

    @Test func twoServersCannotShareAStateFolder() async throws {
        let scratch = try Scratch()
        let first = try StateFolder(scratch.url)
        let error = await storageFailure { _ = try StateFolder(scratch.url) }
        #expect(error?.message == "another sloop serves the state folder \(scratch.url.path) (process \(getpid()))")
        withExtendedLifetime(first) {}
    }
}
