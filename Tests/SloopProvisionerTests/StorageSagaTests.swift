import Foundation
import SloopEngine
import SloopModel
import SloopSSH
import SloopStore
import Testing

@testable import SloopProvisioner
@testable import SloopSaga

@Suite(.needsSandbox) struct StorageSagaTests {
    @Test func createDisk() async throws {
        try await endure(
            CreateDisk.saga,
            Case(
                accept: { try await $0.disks.create(.init(name: "data", sizeGB: 8)).id },
                after: { rig, isDone, comment in
                    if !isDone {
                        let bills = try await rig.store.read { try $0.bills(from: .distantPast, to: .distantFuture) }
                        #expect(bills.isEmpty, comment)
                        // The name is free again.
                        try await rig.makeDisk()
                    }
                    #expect(try await rig.disks.find("data").disk.state == .available, comment)
                }))
    }

    @Test func createDiskFromSnapshot() async throws {
        try await endure(
            CreateDisk.fromSnapshot,
            Case(
                accept: { rig in
                    try await rig.makeDisk()
                    try await rig.runAll { try await $0.snapshots.create("then", ofDisk: "data") }
                    return try await rig.disks.create(.init(name: "copy", sizeGB: 16), from: .named("then")).id
                },
                after: { rig, isDone, comment in
                    let names = try await rig.disks.page(after: nil, limit: 10).map(\.disk.name)
                    #expect(names == (isDone ? ["copy", "data"] : ["data"]), comment)
                }))
    }

    @Test func attachDisk() async throws {
        try await endure(
            AttachDisk.saga,
            Case(
                accept: { rig in
                    try await rig.make()
                    try await rig.makeDisk()
                    return try await rig.disks.attach("data", to: "web", path: "/dev/xvdf")[0].id
                },
                after: { rig, isDone, comment in
                    let view = try await rig.disks.find("data")
                    #expect(view.disk.state == (isDone ? .inUse : .available), comment)
                    #expect(view.instance == (isDone ? "web" : nil), comment)
                    #expect(view.disk.path == (isDone ? "/dev/xvdf" : nil), comment)
                    // Both of its operations ended, and so.
                    let ends = try await rig.store.read { tables in
                        try tables.operations(limit: 100).filter { $0.kind == "attach-disk" }.map(\.status)
                    }
                    #expect(ends == Array(repeating: isDone ? .succeeded : .failed, count: 2), comment)
                }))
    }

    @Test func detachDisk() async throws {
        try await endure(
            DetachDisk.saga,
            Case(
                accept: { rig in
                    try await rig.makeAttached()
                    try await rig.runAll { try await [$0.instances.stop("web")] }
                    return try await rig.disks.detach("data")[0].id
                },
                after: { rig, isDone, comment in
                    let disk = try await rig.disks.find("data").disk
                    #expect(disk.state == (isDone ? .available : .inUse), comment)
                    #expect((disk.instance == nil) == isDone, comment)
                }))
    }

    @Test func deleteDisk() async throws {
        try await endure(
            DeleteDisk.saga,
            Case(
                accept: { rig in
                    try await rig.makeDisk()
                    try await rig.makeAutomatic(.disk, of: "data")
                    try await rig.runAll { try await $0.snapshots.create("kept", ofDisk: "data") }
                    return try await rig.disks.delete("data").id
                },
                after: { rig, isDone, comment in
                    if !isDone { try await rig.runAll { try await [$0.disks.delete("data")] } }
                    #expect(try await rig.disks.page(after: nil, limit: 9).isEmpty, comment)
                    #expect(try await rig.snapshots.list().map(\.name) == ["kept"], comment)
                }))
    }

    @Test func snapshotOfAnInstance() async throws {
        try await endure(
            CreateSnapshot.ofInstance,
            Case(
                accept: { rig in
                    try await rig.make()
                    return try await rig.snapshots.create("then", ofInstance: "web")[0].id
                },
                after: { rig, isDone, comment in
                    let left = try await rig.snapshots.list().map(\.name)
                    #expect(left == (isDone ? ["then"] : []), comment)
                }))
    }

    @Test func snapshotOfADisk() async throws {
        try await endure(
            CreateSnapshot.ofDisk,
            Case(
                accept: { rig in
                    try await rig.makeDisk()
                    return try await rig.snapshots.create("then", ofDisk: "data")[0].id
                },
                after: { rig, isDone, comment in
                    let left = try await rig.snapshots.list().map(\.name)
                    #expect(left == (isDone ? ["then"] : []), comment)
                }))
    }

    @Test(arguments: [Snapshot.Kind.instance, .disk])
    func copySnapshot(_ kind: Snapshot.Kind) async throws {
        try await endure(
            CreateSnapshot.copy,
            Case(
                accept: { rig in
                    try await rig.makeSnapshot(kind)
                    return try await rig.snapshots.copy(.named("then"), to: "again", details: "us-east-1:then").id
                },
                after: { rig, isDone, comment in
                    let names = try await rig.snapshots.list().map(\.name)
                    #expect(names == (isDone ? ["then", "again"] : ["then"]), comment)
                }))
    }

    @Test func deleteTheSnapshotOfAnInstance() async throws {
        try await endure(DeleteSnapshot.ofInstance, deletion(of: .instance))
    }

    @Test func deleteTheSnapshotOfADisk() async throws {
        try await endure(DeleteSnapshot.ofDisk, deletion(of: .disk))
    }

    private func deletion(of kind: Snapshot.Kind) -> Case {
        Case(
            accept: { rig in
                try await rig.makeSnapshot(kind)
                return try await rig.snapshots.delete("then").id
            },
            after: { rig, isDone, comment in
                if !isDone { try await rig.runAll { try await [$0.snapshots.delete("then")] } }
                #expect(try await rig.snapshots.list().isEmpty, comment)
                try await rig.makeSnapshotAgain(kind)
            })
    }

    @Test func deleteAnAutomaticSnapshot() async throws {
        try await endure(
            DeleteSnapshot.automatic,
            Case(
                accept: { rig in
                    try await rig.makeDisk()
                    let snapshot = try await rig.makeAutomatic(.disk, of: "data")
                    let now = rig.world.now()
                    return try await rig.store.write { try $0.delete(snapshot, at: now) }.id
                },
                after: { rig, isDone, comment in
                    let left = try await rig.snapshots.list().count
                    #expect(left == (isDone ? 0 : 1), comment)
                }))
    }

    @Test func deleteAnInstanceThatHasDisksAndAutomaticSnapshots() async throws {
        try await endure(
            DeleteInstance.saga,
            Case(
                accept: { rig in
                    try await rig.makeAttached()
                    try await rig.makeAutomatic(.instance, of: "web")
                    try await rig.runAll { try await $0.snapshots.create("kept", ofInstance: "web") }
                    return try await rig.instances.delete("web").id
                },
                after: { rig, isDone, comment in
                    if !isDone { try await rig.runAll { try await [$0.instances.delete("web")] } }
                    #expect(try await rig.disks.find("data").disk.state == .available, comment)
                    #expect(try await rig.snapshots.list().map(\.name) == ["kept"], comment)
                }))
    }

    /// The snapshot is of a time when the user's key pair had another key.
    @Test func restoreInstance() async throws {
        let new = SSHPrivateKey.ed25519(comment: "new")
        try await endure(
            RestoreInstance.saga,
            Case(
                accept: { rig in
                    let instance = try await rig.make()
                    try rig.append("# by hand", to: rig.userKeys(instance))
                    _ = try await rig.shell(instance, "echo kept > note")
                    try await rig.runAll { try await $0.snapshots.create("old", ofInstance: "web") }
                    _ = try await rig.rotations.start(
                        keyPair: "laptop", publicKey: new.publicKey.line, instances: nil)
                    try await rig.finishAll()
                    return try await rig.instances.create(
                        .init(names: ["back"], blueprint: "", bundle: "nano", snapshot: .named("old")))[0].id
                },
                after: { rig, isDone, comment in
                    let row = try await rig.store.read { try $0.find(instance: "back") }
                    guard isDone else {
                        #expect(row == nil, comment)
                        #expect(try await rig.engine.list().count == 1, comment)
                        return
                    }
                    let back = try #require(row, comment)
                    #expect(back.state == .running && back.keyPair == "laptop", comment)
                    #expect(try await rig.opens(back, new), comment)
                    #expect(try await !rig.opens(back, rig.key), comment)
                    let seen = try await rig.shell(back, "cat note; grep '#' .ssh/authorized_keys")
                    #expect(seen == "kept\n# by hand\n", comment)
                    let keys = try await rig.store.read { try $0.keys(of: back.id, role: .user) }
                    #expect(keys.map(\.fingerprint) == [new.publicKey.fingerprint], comment)
                    #expect(keys.map(\.status) == [.current], comment)
                }))
    }
}

extension Rig {
    /// Accepts and runs to the end, with all that it leaves to be run.
    func runAll(_ accept: (Rig) async throws -> [SloopModel.Operation]) async throws {
        _ = try await accept(self)
        try await finishAll()
    }

    func finishAll() async throws {
        for _ in 0..<5 {
            let open = try await store.read { try $0.unfinishedSagas() }
            for record in open { try await run(record.id) }
            if open.isEmpty { return }
        }
    }

    /// A disk `data` of 8 GB.
    func makeDisk() async throws { try await runAll { try await [$0.disks.create(.init(name: "data", sizeGB: 8))] } }

    /// An instance `web` that has it.
    func makeAttached() async throws {
        try await make()
        try await makeDisk()
        try await runAll { try await $0.disks.attach("data", to: "web", path: "/dev/xvdf") }
    }

    /// A snapshot `then` of an instance `web`, or of a disk `data`.
    func makeSnapshot(_ kind: Snapshot.Kind) async throws {
        switch kind {
        case .instance: try await make()
        case .disk: try await makeDisk()
        }
        try await makeSnapshotAgain(kind)
    }

    func makeSnapshotAgain(_ kind: Snapshot.Kind) async throws {
        try await runAll { rig in
            switch kind {
            case .instance: try await rig.snapshots.create("then", ofInstance: "web")
            case .disk: try await rig.snapshots.create("then", ofDisk: "data")
            }
        }
    }

    /// An automatic snapshot of the instance or disk, of some day.
    @discardableResult
    func makeAutomatic(_ kind: Snapshot.Kind, of name: String, day: String = "2026-01-02") async throws -> Snapshot {
        let now = world.now()
        try await runAll { rig in
            try await rig.store.write { [catalog = rig.catalog] tables in
                let draft =
                    switch kind {
                    case .instance: try tables.draft(nil, of: tables.instance(named: name), catalog, day: day, at: now)
                    case .disk: try tables.draft(nil, of: tables.disk(named: name), catalog, day: day, at: now)
                    }
                return try tables.accept(draft, at: now)
            }
        }
        return try #require(try await store.read { try $0.snapshots() }.first { $0.day == day })
    }
}
