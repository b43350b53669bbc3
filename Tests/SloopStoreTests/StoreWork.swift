import Foundation
import GRDB
import SloopModel
import SloopSaga
import Testing

@testable import SloopStore

/// What a store is used for in a test of faults: transactions of several rows each, of which every one can be seen to
/// be there whole, or not at all.
struct StoreWork {
    let folder: URL
    /// More than one page each, and with a cache of few pages: they reach the file before they are committed.
    private let filler = String(repeating: "x", count: 3000)
    static let count = 4

    func open() throws -> Store { try Store(folder: folder, vault: Vault(folder: folder)).of(.default) }

    /// Lets SQLite write as often as it can: what is not committed yet, and the file itself after each few pages.
    func makeEager(_ store: Store) async throws {
        try await store.write { tables in
            try tables.db.execute(sql: "PRAGMA cache_size = 4")
            _ = try Row.fetchAll(tables.db, sql: "PRAGMA wal_autocheckpoint = 40")
        }
    }

    /// One transaction: an instance with its name, a secret, a bill and a saga with its lock; odd ones replace what the
    /// one before had made.
    func write(_ number: Int, to store: Store) async throws {
        let filler = filler
        try await store.write { tables in
            let time = Date(timeIntervalSince1970: 1_700_000_000)
            let name = "web-\(number)"
            if number.isMultiple(of: 2) == false, let old = try tables.find(instance: "web-\(number - 1)") {
                try tables.remove(old.id)
            }
            try tables.claim(name: name, type: "Instance")
            var instance = someInstance(name, slot: number)
            instance.stateReason = filler
            try tables.insert(instance)
            try tables.set(secret: "secret-\(number)", to: "treasure \(number)x")
            try tables.set(setting: "done-\(number)", to: instance.id.value)
            let operation = someOperation(name)
            try tables.accept(operation, parameters: "{}", locks: ["instance:\(instance.id)"])
            if number.isMultiple(of: 3) {
                var entry = SagaEntry<Tables>()
                entry.events = [(0, .started), (0, .succeeded)]
                entry.end = .succeeded
                try tables.record(entry, of: operation.id, at: time)
            }
        }
    }

    /// Whether the transaction is there; throws if a part of it is.
    func has(_ number: Int, in store: Store) async throws -> Bool {
        let name = "web-\(number)"
        let parts = try await store.read { tables in
            let operation = try tables.operations(of: name, limit: 9)
            let id = try tables.setting("done-\(number)")
            let locks = try tables.heldLocks()
            return [
                id != nil, try tables.secret("secret-\(number)")?.hasPrefix("treasure \(number)x") == true,
                operation.count == 1,
                operation.first?.status == (number.isMultiple(of: 3) ? .succeeded : .started),
                number.isMultiple(of: 3) || id.map { locks.contains("instance:\($0)") } == true,
            ]
        }
        // The next one takes the instance away again.
        let isReplaced =
            number.isMultiple(of: 2) ? try await store.read { try $0.setting("done-\(number + 1)") } != nil : false
        let isThere = try await store.read { try $0.find(instance: name) } != nil
        let whole = parts.allSatisfy { $0 } && isThere != isReplaced
        let none = !parts.dropLast(2).contains(true) && !isThere
        try #require(whole || none, "transaction \(number) is there by half: \(parts) \(isThere) \(isReplaced)")
        return whole
    }

    /// What SQLite itself says of the file.
    func checkFile(_ store: Store) async throws {
        let faults = try await store.read { tables in
            try String.fetchAll(tables.db, sql: "PRAGMA integrity_check")
                + Row.fetchAll(tables.db, sql: "PRAGMA foreign_key_check").map { "\($0)" }
        }
        try #require(faults == ["ok"])
    }
}
