import Foundation
import SloopCatalog
import SloopEngine
package import SloopModel
import SloopSaga
import SloopStore

/// The snapshots of instances and disks that users make.
package struct SnapshotService: Sendable {
    let world: World
    let catalog: Catalog
    let desk: SagaDesk

    /// Takes one of an instance, running or stopped; an operation for the snapshot and one for the instance.
    package func create(
        _ name: String, ofInstance source: String, tags: [String: String] = [:]
    ) async throws -> [SloopModel.Operation] {
        _ = try world.snapshots()
        return try await create(name, tags) { tables, now in
            try tables.draft(name, of: tables.instance(named: source), catalog, at: now)
        }
    }

    /// Takes one of a disk; an operation for the snapshot and one for the disk.
    package func create(
        _ name: String, ofDisk source: String, tags: [String: String] = [:]
    ) async throws -> [SloopModel.Operation] {
        _ = try world.volumes()
        return try await create(name, tags) { tables, now in
            try tables.draft(name, of: tables.disk(named: source), catalog, at: now)
        }
    }

    private func create(
        _ name: String, _ tags: [String: String],
        _ draft: @escaping @Sendable (Tables, Date) throws -> Snapshot
    ) async throws -> [SloopModel.Operation] {
        try ResourceName.check(name)
        try Tags.check(tags)
        let now = world.now()
        let operations = try await world.store.write { tables in
            var snapshot = try draft(tables, now)
            snapshot.tags = tags
            return try tables.accept(snapshot, at: now)
        }
        await desk.scan()
        return operations
    }

    /// Copies a snapshot, an automatic one perhaps, within this Sloop.
    package func copy(_ choice: SnapshotChoice, to name: String, details: String) async throws -> SloopModel.Operation {
        try ResourceName.check(name)
        let now = world.now()
        let operation = try await world.store.write { tables in
            let original = try tables.original(choice)
            let snapshot = Snapshot(
                account: original.account, name: name, kind: original.kind, sizeGB: original.sizeGB,
                monthlyPrice: original.sizeGB * catalog.storage.snapshotGB, source: original.source,
                sourceName: original.sourceName, origin: original.origin,
                isFromAutomatic: original.isFromAutomatic || original.day != nil, createdAt: now)
            try tables.claim(name: name, type: snapshot.kind.rawValue)
            try tables.insert(snapshot)
            return try tables.accept(
                CreateSnapshot.copy, CreateSnapshot.Parameters(snapshot: snapshot.id, original: original.id),
                of: snapshot.account, on: name, type: snapshot.kind.rawValue, details: details,
                locks: [Lock.snapshot(snapshot.id), Lock.use(of: original.id, by: snapshot.id.value)], at: now)
        }
        await desk.scan()
        return operation
    }

    /// Deletes one that a user made. Throws `busy` while something is made from it.
    package func delete(_ name: String, _ kind: Snapshot.Kind? = nil) async throws -> SloopModel.Operation {
        let now = world.now()
        let operation = try await world.store.write { try $0.delete(try $0.snapshot(named: name, kind), at: now) }
        await desk.scan()
        return operation
    }

    package func find(_ name: String, _ kind: Snapshot.Kind? = nil) async throws -> Snapshot {
        try await world.store.read { try $0.snapshot(named: name, kind) }
    }

    /// Those of the kind with names after that one, by name; at most so many.
    package func page(_ kind: Snapshot.Kind, after name: String?, limit: Int) async throws -> [Snapshot] {
        try await world.store.read { try $0.snapshots(kind, after: name, limit: limit) }
    }

    /// All, automatic ones too, oldest first.
    package func list() async throws -> [Snapshot] { try await world.store.read { try $0.snapshots() } }
}

extension Tables {
    /// A snapshot of the instance that is to be taken; automatic, without a name, if a day is given.
    func draft(
        _ name: String?, of instance: Instance, _ catalog: Catalog, day: String? = nil, at time: Date
    ) throws -> Snapshot {
        // First, so that a busy instance is called busy whatever its state.
        try checkIsFree(Lock.instance(instance.id), instance.name)
        guard instance.state == .running || instance.state == .stopped else {
            throw SloopError(
                .wrongState, "the instance '\(instance.name)' is \(instance.state.rawValue)",
                tip: "see it with: sloop instance show \(instance.name)")
        }
        let sizeGB = try catalog.plan(instance.plan).diskGB
        return Snapshot(
            account: instance.account, name: name, kind: .instance, sizeGB: sizeGB,
            monthlyPrice: sizeGB * catalog.storage.snapshotGB, source: instance.id.value, sourceName: instance.name,
            origin: Snapshot.Origin(instance, keys: try keys(of: instance.id, role: .user).map(\.publicKey)), day: day,
            createdAt: time)
    }

    /// A snapshot of the disk that is to be taken.
    func draft(
        _ name: String?, of disk: Disk, _ catalog: Catalog, day: String? = nil, at time: Date
    ) throws -> Snapshot {
        try checkIsFree(Lock.disk(disk.id), disk.name)
        guard disk.state == .available || disk.state == .inUse else {
            throw SloopError(
                .wrongState, "the disk '\(disk.name)' is \(disk.state.rawValue)",
                tip: "see it with: sloop disk show \(disk.name)")
        }
        return Snapshot(
            account: disk.account, name: name, kind: .disk, sizeGB: disk.sizeGB,
            monthlyPrice: disk.sizeGB * catalog.storage.snapshotGB, source: disk.id.value, sourceName: disk.name,
            origin: nil, day: day, createdAt: time)
    }

    /// Records the snapshot and the saga that takes it: an operation for it, and one for its source. An automatic one
    /// has that of its source alone.
    func accept(_ snapshot: Snapshot, at time: Date) throws -> [SloopModel.Operation] {
        if let name = snapshot.name { try claim(name: name, type: snapshot.kind.rawValue) }
        try insert(snapshot)
        let lock =
            snapshot.kind == .instance
            ? Lock.instance(InstanceID(snapshot.source)) : Lock.disk(DiskID(snapshot.source))
        let sourceType = snapshot.kind.sourceType
        let operation = try accept(
            snapshot.kind == .instance ? CreateSnapshot.ofInstance : CreateSnapshot.ofDisk,
            CreateSnapshot.Parameters(snapshot: snapshot.id), of: snapshot.account,
            on: snapshot.name ?? snapshot.sourceName, type: snapshot.name == nil ? sourceType : snapshot.kind.rawValue,
            details: snapshot.name == nil ? "AutoSnapshot-\(snapshot.day ?? "")" : snapshot.sourceName,
            locks: [Lock.snapshot(snapshot.id), lock], at: time)
        guard let name = snapshot.name else { return [operation] }
        return [operation, try follow(operation, on: snapshot.sourceName, type: sourceType, details: name)]
    }

    fileprivate func original(_ choice: SnapshotChoice) throws -> Snapshot {
        switch choice {
        case .named(let name): try snapshot(choice, snapshot(named: name).kind)
        case .latest(let name), .day(_, let name): try snapshot(choice, source(named: name).kind)
        }
    }

    private func checkIsFree(_ lock: String, _ name: String) throws {
        guard let holder = try holder(of: lock) else { return }
        throw SloopError(
            .busy, "'\(name)' is busy: \(holder.kind) is at work (operation \(holder.id))",
            tip: "wait for it and try again; see: sloop operation list --resource \(name)")
    }
}
