import Foundation
import GRDB
import SloopModel
@testable import SloopStore
import Testing

@Suite struct AccountTests {
    @Test func twoAccountsMayUseTheSameNameAndSeeTheirOwn() async throws {
        let scratch = try Scratch()
        let store = try Store(folder: scratch.url, vault: Vault(folder: scratch.url))
        let blue = Account(known: "blue")
        let red = Account(known: "red")
        try await store.write { tables in
            for account in [blue, red] {
                try tables.db.execute(sql: "INSERT INTO account VALUES (?, '2026-11-25')", arguments: [account])
            }
        }
        for (index, account) in [blue, red].enumerated() {
            try await store.of(account).write { tables in
                try tables.claim(name: "web", type: "Instance")
                var instance = someInstance("web", slot: index)
                instance.account = account
                try tables.insert(instance)
            }
        }
        let mine = try await store.of(blue).read { try $0.instance(named: "web") }
        #expect(mine.account == blue)
        #expect(try await store.of(red).read { try $0.find(mine.id) } == nil)
        #expect(try await store.of(red).read { try $0.instances().map(\.account) } == [red])
        #expect(try await store.read { try $0.instances().count } == 2)
        #expect(await storageFailure { _ = try await store.read { try $0.instance(named: "web") } } != nil)
        let taken = await storageFailure { try await store.of(blue).write { try $0.claim(name: "web", type: "Disk") } }
        #expect(taken?.code == .nameExists)
    }

    @Test func whatWasMadeBeforeThereWereAccountsBelongsToTheDefaultOne() async throws {
        let scratch = try Scratch()
        _ = try Vault(folder: scratch.url)
        let pool = try DatabasePool(path: scratch.file)
        try Schema.migrator.migrate(pool, upTo: "2-public-address")
        try await pool.write { db in
            try db.execute(
                sql: """
                    INSERT INTO resourceName VALUES ('web', 'Instance'), ('laptop', 'KeyPair');
                    INSERT INTO keyPair VALUES ('k1', 'laptop', 'imported', 'ssh-ed25519 A', 'SHA256:a', '2026-11-25 10:00:00.000');
                    INSERT INTO instance (id, name, state, blueprint, plan, bundle, monthlyPrice, addressSlot, address, port,
                        username, keyPair, tags, hostKey, createdAt, publicAddress)
                    VALUES ('i1', 'web', 'running', 'sandbox', 'nano', 'nano_3_0', 500, 0, '127.64.0.1', 22, 'sloop', 'laptop',
                        '{"team":"blue"}', 'ssh-ed25519 B', '2026-11-25 10:00:00.000', '127.64.0.1');
                    INSERT INTO instanceKey VALUES ('i1', 'user', 'SHA256:a', 'ssh-ed25519 A', 'current');
                    INSERT INTO launchRun (id, instance, status, script, createdAt)
                    VALUES ('l1', 'i1', 'succeeded', 'true', '2026-11-25 10:00:00.000');
                    INSERT INTO billing VALUES ('i1', 'web', 'Instance', 'nano', 500, '2026-11-25 10:00:00.000', NULL);
                    INSERT INTO saga (id, kind, resourceName, resourceType, parameters, status, createdAt, changedAt)
                    VALUES ('s1', 'create-instance', 'web', 'Instance', '{}', 'Succeeded', '2026-11-25 10:00:00.000',
                        '2026-11-25 10:00:00.000');
                    """)
        }
        try pool.close()
        let store = try scratch.open()
        let seen = try await store.read { tables in
            let instance = try tables.instance(named: "web")
            return (
                instance, try tables.keyPair(named: "laptop"), try tables.keys(of: instance.id, role: .user).count,
                try tables.runs(of: instance.id).count, try tables.operations(of: "web", limit: 9).count,
                try tables.bills(from: .distantPast, to: .distantFuture).count
            )
        }
        #expect(seen.0.tags == ["team": "blue"] && seen.0.account == .default && seen.0.zone == "a")
        #expect(seen.1.fingerprint == "SHA256:a")
        #expect((seen.2, seen.3, seen.4, seen.5) == (1, 1, 1, 1))
        // The rules of the tables that were made anew hold.
        try await store.write { try $0.remove(seen.0.id) }
        #expect(try await store.read { try $0.keys(of: seen.0.id, role: .user) }.isEmpty)
        #expect(try await store.read { try $0.names(after: nil, limit: 9) } == ["laptop"])
    }
}
