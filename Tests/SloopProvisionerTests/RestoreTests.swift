import Foundation
import Logging
import SloopEngine
import SloopModel
import SloopSSH
import SloopStore
import Testing

@testable import SloopProvisioner

@Suite(.needsSandbox) struct RestoreTests {
    @Test func noMachineIsLostByRestoringAnOldBackup() async throws {
        try await Rig.with { rig in
            let web = try await rig.make("web")
            let file = rig.folder.appending(path: "backup")
            _ = try await rig.everything.backup(to: file, at: rig.world.now())
            let late = try await rig.make("late")
            try await restored(rig, file) { heir in
                // However long it looks, it deletes nothing that it never heard of.
                for _ in 0..<3 { await heir.reconcile() }
                #expect(try await rig.engine.list() == [web.id: .running, late.id: .running])
                #expect(await heir.unclaimed() == [Unclaimed(kind: .machine, id: late.id.value)])
                #expect(try await rig.opens(late, rig.key))
                // And the ones that it knows are its own again.
                let row = try await heir.instances.find("web").instance
                #expect(row.state == .running)
                let hostName = try await heir.world.machines.withSession(row) {
                    try await $0.run("hostname", timeout: .seconds(20))
                }
                #expect(hostName.stdoutText == "web\n")
                // A name may be taken again; the machine without a row keeps its address.
                let next = try await heir.instances.create(
                    InstanceService.Request(names: ["late"], blueprint: "sandbox", bundle: "nano", keyPair: "laptop"))[
                        0]
                #expect(
                    try await heir.operations.waitForEnd(next.id, upTo: .seconds(60)).operation.status == .succeeded)
                #expect(try await heir.instances.find("late").instance.address != late.address)
            }
        }
    }

    @Test func disksAndSnapshotsFromAfterTheBackupStay() async throws {
        try await Rig.with { rig in
            let web = try await rig.make("web")
            let file = rig.folder.appending(path: "backup")
            _ = try await rig.everything.backup(to: file, at: rig.world.now())
            let disk = VolumeID()
            let snapshot = SnapshotID()
            try await #require(rig.storage.volumes).create(disk, sizeGB: 8)
            try await #require(rig.storage.snapshots).take(snapshot, of: web.id)
            try await restored(rig, file) { heir in
                for _ in 0..<3 { await heir.reconcile() }
                let there = try await (rig.storage.volumes?.list().keys, rig.storage.snapshots?.list())
                #expect(there.0?.contains(disk) == true && there.1 == [snapshot])
                #expect(
                    await heir.unclaimed() == [
                        Unclaimed(kind: .disk, id: disk.value), Unclaimed(kind: .snapshot, id: snapshot.value),
                    ])
            }
        }
    }

    @Test func aCreationThatWasUnderWayIsNotUndoneAfterARestore() async throws {
        try await Rig.with { rig in
            // The backup is made in the middle of the creation, which succeeds afterwards.
            let operation = try await rig.order("web")
            let file = rig.folder.appending(path: "backup")
            _ = try await rig.everything.backup(to: file, at: rig.world.now())
            try await rig.run(operation.id)
            let web = try await rig.store.read { try $0.instance(named: "web") }
            try await restored(rig, file, failing: .start) { heir in
                for _ in 0..<3 { await heir.reconcile() }
                #expect(try await rig.engine.list() == [web.id: .running])
                let row = try await heir.instances.find("web").instance
                #expect(row.state == .running && row.id == web.id)
                let end = try await heir.operations.find(operation.id).operation
                #expect(end.status == .failed && end.error == AfterRestore.reason)
                #expect(try await heir.world.store.read { try $0.heldLocks() }.isEmpty)
            }
        }
    }

    @Test func whatTheStoreKnowsToBeDeletedStillGoes() async throws {
        try await Rig.with { rig in
            let spare = try await rig.make("spare")
            let away = rig.folder.appending(path: "away")
            let path = rig.path(spare)
            try await rig.engine.stop(spare.id)
            try FileManager.default.copyItem(at: path, to: away)
            try await rig.run(try await rig.instances.delete("spare").id)
            try FileManager.default.moveItem(at: away, to: path)
            let file = rig.folder.appending(path: "backup")
            _ = try await rig.everything.backup(to: file, at: rig.world.now())
            try await restored(rig, file) { heir in
                for _ in 0..<2 { await heir.reconcile() }
                let left = try await rig.engine.list()
                #expect(left.isEmpty)
                #expect(await heir.unclaimed().isEmpty)
            }
        }
    }

    /// Runs the body with a server without any grace over the same machines and a store that came out of the backup.
    private func restored(
        _ rig: Rig, _ file: URL, failing call: FaultyEngine.Call? = nil, _ body: (Provisioner) async throws -> Void
    ) async throws {
        let folder = rig.folder.appending(path: "restored")
        _ = try Backup.restore(file, to: folder, movingAside: false, at: rig.world.now())
        let store = try Store(folder: folder, vault: Vault(folder: folder))
        let engine = FaultyEngine(rig.storage)
        if let call { engine.fail(call) }
        let logs = folder.appending(path: "launch")
        try FileManager.default.createDirectory(at: logs, withIntermediateDirectories: true)
        let heir = Provisioner(
            world: World(store: store, engine: engine, logs: logs), catalog: rig.catalog, grace: .zero,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await heir.prepare()
        await heir.start()
        let result: Result<Void, any Error>
        do { result = .success(try await body(heir)) } catch { result = .failure(error) }
        await heir.stop()
        try store.close()
        try result.get()
    }
}
