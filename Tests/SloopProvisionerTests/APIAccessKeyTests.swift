import Foundation
import SloopModel
import SloopStore
import Testing

@testable import SloopProvisioner

@Suite struct APIAccessKeyTests {
    private func failure(_ body: () async throws -> Void) async -> SloopError.Code? {
        do { try await body() } catch { return (error as? SloopError)?.code }
        return nil
    }

    @Test func aKeyIsMadeWithItsAccountAndItsSecretIsSealed() async throws {
        try await Rig.with { rig in
            let keys = APIAccessKeyService(world: rig.world, ring: APIAccessKeyRing())
            let made = try await keys.create(for: "blue")
            #expect(made.key.id.wholeMatch(of: /AKIA[A-Z2-7]{16}/) != nil)
            #expect(made.secret.wholeMatch(of: /[A-Za-z0-9]{40}/) != nil)
            #expect(keys.ring.entry(made.key.id)?.secret == made.secret)
            #expect(keys.ring.entry(made.key.id)?.account.name == "blue")
            let another = try await keys.create(for: "blue")
            #expect(another.key.id != made.key.id)
            let all = try await keys.list()
            #expect(Set(all.map(\.id)) == [made.key.id, another.key.id])
            #expect(all.allSatisfy { $0.account.name == "blue" && $0.isEnabled && $0.lastUsedAt == nil })
            for file in ["sloop.db", "sloop.db-wal"] {
                let bytes = try Data(contentsOf: rig.folder.appending(path: file))
                #expect(bytes.range(of: Data(made.secret.utf8)) == nil)
            }
        }
    }

    @Test func aDisabledKeyIsInNoRing() async throws {
        try await Rig.with { rig in
            let keys = APIAccessKeyService(world: rig.world, ring: APIAccessKeyRing())
            let made = try await keys.create(for: "default")
            #expect(try await keys.set(made.key.id, isEnabled: false).isEnabled == false)
            #expect(keys.ring.entry(made.key.id) == nil)
            let next = APIAccessKeyService(world: rig.world, ring: APIAccessKeyRing())
            try await next.load()
            #expect(next.ring.entry(made.key.id) == nil)
            _ = try await next.set(made.key.id, isEnabled: true)
            #expect(next.ring.entry(made.key.id)?.secret == made.secret)
            _ = try await next.delete(made.key.id)
            #expect(next.ring.entry(made.key.id) == nil)
            #expect(try await rig.everything.read { try $0.secret(SecretName.apiAccessKey(made.key.id)) } == nil)
        }
    }

    @Test func whatIsNotThereIsSaid() async throws {
        try await Rig.with { rig in
            let keys = APIAccessKeyService(world: rig.world, ring: APIAccessKeyRing())
            #expect(await failure { _ = try await keys.delete("AKIANONE") } == .notFound)
            #expect(await failure { _ = try await keys.set("AKIANONE", isEnabled: true) } == .notFound)
            for name in ["", "Blue", "a b", "-a", String(repeating: "a", count: 65)] {
                #expect(await failure { _ = try await keys.create(for: name) } == .invalidInput)
            }
            let all = try await keys.list()
            #expect(all.isEmpty)
        }
    }

    @Test func theLastUseIsWrittenDown() async throws {
        try await Rig.with { rig in
            let keys = APIAccessKeyService(world: rig.world, ring: APIAccessKeyRing())
            let made = try await keys.create(for: "default")
            let time = Date(timeIntervalSince1970: 1_800_000_000)
            keys.ring.didUse(made.key.id, at: time)
            keys.ring.didUse("AKIAGONE", at: time)
            #expect(try await keys.list().map(\.lastUsedAt) == [time])
        }
    }

    @Test func anOlderReadingNeverReplacesANewerOne() {
        let ring = APIAccessKeyRing()
        let (first, second) = (ring.ticket(), ring.ticket())
        ring.replace(with: [:], read: second)
        ring.replace(with: ["AKIAOLD": .init(account: .default, secret: "x")], read: first)
        #expect(ring.entry("AKIAOLD") == nil)
    }

    @Test func changesAtTheSameTimeLeaveTheRingAsTheStoreIs() async throws {
        try await Rig.with { rig in
            let keys = APIAccessKeyService(world: rig.world, ring: APIAccessKeyRing())
            let made = try await keys.create(for: "default")
            for _ in 0..<5 {
                await withTaskGroup { group in
                    for number in 0..<20 {
                        group.addTask { _ = try? await keys.set(made.key.id, isEnabled: number.isMultiple(of: 2)) }
                    }
                }
                let isEnabled = try await keys.list().first?.isEnabled
                #expect((keys.ring.entry(made.key.id) != nil) == isEnabled)
            }
        }
    }
}
