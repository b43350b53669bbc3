import Foundation
import GRDB
import SloopModel
import SloopSaga
@testable import SloopStore
import Testing

func someInstance(_ name: String, slot: Int) -> Instance {
    Instance(
        id: InstanceID(), name: name, state: .pending, blueprint: "sandbox", plan: "nano", bundle: "nano_3_0",
        monthlyPrice: 500, addressSlot: slot, address: "127.64.0.\(slot)", port: 22, username: "sloop",
        keyPair: "laptop", tags: ["team": "blue"], hostKey: "ssh-ed25519 AAAA",
        createdAt: Date(timeIntervalSince1970: 1_700_000_000))
}

func someOperation(_ name: String, status: SloopModel.Operation.Status = .started) -> SloopModel.Operation {
    SloopModel.Operation(
        id: OperationID(), account: .default, kind: "create-instance", resourceName: name, resourceType: "Instance",
        status: status,
        createdAt: Date(timeIntervalSince1970: 1_700_000_000), changedAt: Date(timeIntervalSince1970: 1_700_000_000))
}

@Suite struct TablesTests {
    @Test func anInstanceComesBackAsItWasWritten() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let instance = someInstance("web-1", slot: 1)
        let back = try await store.write { tables in
            try tables.claim(name: instance.name, type: "Instance")
            try tables.insert(instance)
            return try tables.instance(named: "web-1")
        }
        #expect(back == instance)
    }

    @Test func everyTimeIsReadAsItWasWritten() throws {
        var times = [0, 1, 951_782_399_999, 951_782_400_000, 4_102_444_799_999, 253_402_300_799_999]
        // Leap days, ends of months, and everything else.
        times += (0..<5000).map { _ in Int.random(in: 0..<8_000_000_000_000) }
        times += (0..<2000).map { $0 * 86_400_000 * 20 - 1 + Int.random(in: 0...2) }.filter { $0 >= 0 }
        for time in times {
            let date = Date(timeIntervalSince1970: Double(time) / 1000)
            let text = try #require(String.fromDatabaseValue(date.databaseValue))
            let read = try #require(StoredTime(text)?.date)
            // As one that is read in another way: the two are compared.
            #expect(read == Date.fromDatabaseValue(text.databaseValue), "\(text)")
            #expect(abs(read.timeIntervalSince(date)) < 0.000_001, "\(text)")
        }
    }

    @Test(arguments: [
        "2026-11-26", "2026-11-26 10:20", "2026-11-26 10:20:30", "2026-11-26T10:20:30.400", "1969-07-20 20:17:40.000",
        "0001-01-01 00:00:00.000", "2026-13-26 10:20:30.400", "2026-11-26 10:20:3x.400", "november", "",
    ])
    func aTimeInAnotherFormIsReadAsGRDBReadsIt(_ text: String) {
        #expect(StoredTime(text)?.date == Date.fromDatabaseValue(text.databaseValue))
    }

    @Test func aNameBelongsToOneResourceOfWhateverKind() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        try await store.write { try $0.claim(name: "web-1", type: "Instance") }
        let error = await storageFailure { try await store.write { try $0.claim(name: "web-1", type: "KeyPair") } }
        #expect(error?.code == .nameExists)
        #expect(error?.message == "Some names are already in use: web-1")
    }

    @Test func aRemovedInstanceFreesItsNameAndItsAddress() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let first = someInstance("web-1", slot: 1)
        try await store.write { tables in
            try tables.claim(name: "web-1", type: "Instance")
            try tables.insert(first)
            try tables.save(
                InstanceKey(instance: first.id, role: .user, fingerprint: "a", publicKey: "k", status: .current))
            try tables.remove(first.id)
            #expect(try tables.addressSlots().isEmpty)
            try tables.claim(name: "web-1", type: "Instance")
            try tables.insert(someInstance("web-1", slot: 1))
        }
        #expect(try await store.read { try $0.keys(of: first.id, role: .user) }.isEmpty)
    }

    @Test func aSecondSagaOnTheSameResourceIsRefusedByName() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let first = someOperation("web-1")
        try await store.write { try $0.accept(first, parameters: "{}", locks: ["instance:1"]) }
        let error = await storageFailure {
            try await store.write { try $0.accept(someOperation("web-1"), parameters: "{}", locks: ["instance:1"]) }
        }
        #expect(error?.code == .busy)
        #expect(error?.message.contains("create-instance is at work (operation \(first.id))") == true)
        #expect(try await store.read { try $0.unfinishedSagas().map(\.id) } == [first.id])
    }

    @Test func theEndOfASagaFreesItsLocksAndShowsWhy() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let operation = someOperation("web-1")
        try await store.write { try $0.accept(operation, parameters: "{}", locks: ["instance:1"]) }
        let log = StoreLog(store: store, now: { Date() }, didRecord: { _ in })
        var entry = SagaEntry<Tables>()
        entry.events = [(0, .started), (0, .failed)]
        entry.failure = "no room"
        try await log.record(entry, of: operation.id)
        #expect(try await log.history(of: operation.id).events == [0: .failed])
        #expect(try await log.history(of: operation.id).failure == "no room")
        var last = SagaEntry<Tables>()
        last.end = .undone(step: "machine", why: "no room")
        try await log.record(last, of: operation.id)
        let seen = try #require(await store.read { try $0.operation(operation.id) })
        #expect(seen.status == .failed)
        #expect(seen.error == "no room")
        #expect(try await store.read { try $0.heldLocks() }.isEmpty)
    }

    @Test func anEntryWhoseWriteFailsLeavesNothingOfItself() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let operation = someOperation("web-1")
        try await store.write { try $0.accept(operation, parameters: "{}", locks: []) }
        let log = StoreLog(store: store, now: { Date() }, didRecord: { _ in })
        var entry = SagaEntry<Tables>()
        entry.events = [(0, .succeeded)]
        entry.writes = [{ _ in throw SloopError(.unexpected, "broken") }]
        let broken = entry
        await #expect(throws: SloopError.self) { try await log.record(broken, of: operation.id) }
        #expect(try await log.history(of: operation.id).events.isEmpty)
    }

    @Test func theNewPrivateKeyIsForgottenWithTheLastTarget() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let now = Date(timeIntervalSince1970: 1_700_000_000)
        let rotation = KeyRotation(
            id: RotationID(), account: .default, keyPair: "laptop", status: .started, newPublicKey: "k",
            newFingerprint: "new",
            createdAt: now)
        let machines = [InstanceID(), InstanceID()]
        try await store.write { tables in
            try tables.insert(rotation)
            try tables.set(secret: SecretName.rotation(rotation.id), to: "private")
            for machine in machines {
                try tables.insert(
                    RotationTarget(
                        rotation: rotation.id, instance: machine, instanceName: "m", oldFingerprint: "old",
                        changedAt: now))
            }
            try tables.change(rotation.id, machines[0], at: now) { $0.status = .done }
        }
        #expect(try await store.read { try $0.secret(SecretName.rotation(rotation.id)) } == "private")
        try await store.write { try $0.change(rotation.id, machines[1], at: now) { $0.status = .superseded } }
        #expect(try await store.read { try $0.secret(SecretName.rotation(rotation.id)) } == nil)
        #expect(try await store.read { try $0.find(rotation.id) }?.status == .done)
    }

    @Test func anAccessKeyStaysAsLongAsAMachineMayAcceptIt() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let now = Date(timeIntervalSince1970: 1_700_000_000)
        let instance = someInstance("web-1", slot: 1)
        let kept = InstanceKey(
            instance: instance.id, role: .access, fingerprint: "old", publicKey: "k", status: .removing)
        try await store.write { tables in
            try tables.setCurrent(AccessKey(fingerprint: "old", publicKey: "k", isCurrent: true, createdAt: now))
            try tables.set(secret: SecretName.access("old"), to: "private")
            try tables.claim(name: instance.name, type: "Instance")
            try tables.insert(instance)
            try tables.save(kept)
            try tables.setCurrent(AccessKey(fingerprint: "new", publicKey: "k", isCurrent: true, createdAt: now))
            try tables.forgetUnusedAccessKeys()
            #expect(try tables.secret(SecretName.access("old")) == "private")
            try tables.remove(kept)
            try tables.forgetUnusedAccessKeys()
            #expect(try tables.secret(SecretName.access("old")) == nil)
            #expect(try tables.currentAccessKey()?.fingerprint == "new")
        }
    }
}
