import Foundation
import GRDB
import SloopModel
import Testing

@testable import SloopStore

/// `Fixtures/` has a file of each schema that ever was, with rows in every table, as SQL: `sqlite3 sloop.db .dump`.
@Suite struct MigrationTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    static let schemas = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .map { String($0.dropLast(".sql".count)) }.sorted()

    private struct Picture: Equatable {
        /// By table, the names of its columns and the rows, each as text by column.
        var tables: [String: (columns: Set<String>, rows: [[String: String]])] = [:]

        static func == (one: Picture, other: Picture) -> Bool {
            one.tables.mapValues(\.rows) == other.tables.mapValues(\.rows)
        }
    }

    private func picture(_ db: Database) throws -> Picture {
        var picture = Picture()
        let names = try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
        for name in names where !name.hasPrefix("sqlite_") && name != "grdb_migrations" {
            let columns = try db.columns(in: name).map(\.name)
            let rows = try Row.fetchAll(db, sql: "SELECT * FROM \"\(name)\"").map { row in
                Dictionary(uniqueKeysWithValues: columns.map { ($0, "\(row[$0] as DatabaseValue)") })
            }
            picture.tables[name] = (Set(columns), rows)
        }
        return picture
    }

    /// The statements that made all that is in the file.
    private func schema(_ db: Database) throws -> [String] {
        try String.fetchAll(db, sql: "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'grdb%'")
            .map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }.sorted()
    }

    @Test(arguments: schemas)
    func aStoreOfAnEarlierSchemaIsMigratedWithAllThatIsInIt(_ name: String) async throws {
        let scratch = try Scratch()
        _ = try Vault(folder: scratch.url)
        let sql = try String(contentsOf: MigrationTests.folder.appending(path: "\(name).sql"), encoding: .utf8)
        let old = try DatabaseQueue(path: scratch.file)
        let before = try await old.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA foreign_keys = OFF")
            try db.execute(sql: sql)
            return try picture(db)
        }
        try old.close()
        #expect(before.tables.values.allSatisfy { !$0.rows.isEmpty })

        let (store, fresh) = (try scratch.open(), try Scratch())
        let new = try fresh.open()
        let wanted = try await new.read { try schema($0.db) }
        let (has, after, faults) = try await store.read { tables in
            (
                try schema(tables.db), try picture(tables.db),
                try String.fetchAll(tables.db, sql: "PRAGMA integrity_check")
                    + Row.fetchAll(tables.db, sql: "PRAGMA foreign_key_check").map { "\($0)" }
            )
        }
        #expect(has == wanted)
        #expect(faults == ["ok"])
        for (table, one) in before.tables {
            let now = try #require(after.tables[table], "the table \(table) is gone")
            // Every value that was there is there.
            let kept = now.rows.map { row in row.filter { one.columns.contains($0.key) } }
            for row in one.rows { #expect(kept.contains(row), "\(table): \(row) is not there any more") }
            let added = table == "account" && name < "3" ? 1 : 0
            #expect(now.rows.count == one.rows.count + added, "\(table)")
        }
        // It is what its readers take it for.
        let (instances, web) = try await store.read { ($0.account, try $0.instance(named: "web")) }
        #expect(instances == .default && web.state == .running && web.tags == ["team": "blue"])
        let (runs, targets, sagas) = try await store.read { tables in
            (try tables.runs(of: web.id), try tables.openTargets(), try tables.unfinishedSagas())
        }
        #expect(runs.map(\.exitCode) == [3] && targets.count == 1 && sagas.map(\.id.value) == ["s2"])
        if name >= "5" {
            #expect(try await store.read { try $0.disks().map(\.sizeGB) } == [32])
            #expect(try await store.read { try $0.snapshots().count } == 2)
        }
    }

    @Test func everySchemaThatAnotherOneFollowedHasItsFile() {
        let missing = Schema.migrator.migrations.dropLast().filter { !MigrationTests.schemas.contains($0) }
        #expect(missing.isEmpty, "dump a file of each of them, with rows, to \(MigrationTests.folder.path)")
        #expect(MigrationTests.schemas.count >= 7)
    }
}
