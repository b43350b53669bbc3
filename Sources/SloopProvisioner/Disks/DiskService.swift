import Foundation
import SloopCatalog
import SloopEngine
package import SloopModel
import SloopSaga
import SloopStore

/// The users' disks.
package struct DiskService: Sendable {
    let world: World
    let catalog: Catalog
    let desk: SagaDesk

    /// Gigabytes of a disk, and disks of an instance: Lightsail's limits.
    static let sizes = 8...16384
    static let disksOfInstance = 15

    /// What a user asks for.
    package struct Request: Sendable {
        package var name: String
        package var sizeGB: Int
        /// The letter of the availability zone.
        package var zone: String
        package var tags: [String: String]
        /// The hour (UTC) of automatic snapshots; nil for none.
        package var snapshotHour: Int?

        package init(
            name: String, sizeGB: Int, zone: String = "a", tags: [String: String] = [:], snapshotHour: Int? = nil
        ) {
            self.name = name
            self.sizeGB = sizeGB
            self.zone = zone
            self.tags = tags
            self.snapshotHour = snapshotHour
        }
    }

    /// A disk with what belongs to it.
    package struct View: Sendable {
        package let disk: Disk
        /// The name of the instance that has it.
        package let instance: String?
        package let addOn: AutoSnapshotAddOn?
    }

    /// Accepts the disk, empty or with what a snapshot of a disk has; it is made after the answer.
    package func create(_ request: Request, from choice: SnapshotChoice? = nil) async throws -> SloopModel.Operation {
        _ = try world.volumes()
        try ResourceName.check(request.name)
        try Tags.check(request.tags)
        guard DiskService.sizes.contains(request.sizeGB) else {
            throw SloopError(
                .invalidInput, "The size of a block storage disk must be between 8 and 16384 GB.",
                tip: "'\(request.name)' was to have \(request.sizeGB) GB")
        }
        let now = world.now()
        let price = request.sizeGB * catalog.storage.diskGB
        let operation = try await world.store.write { tables in
            let snapshot = try choice.map { try tables.snapshot($0, .disk) }
            if let snapshot, snapshot.sizeGB > request.sizeGB {
                throw SloopError(
                    .invalidInput,
                    "the disk '\(request.name)' of \(request.sizeGB) GB is smaller than the snapshot "
                        + "'\(snapshot.label)' of \(snapshot.sizeGB) GB", tip: "give at least \(snapshot.sizeGB) GB")
            }
            let disk = Disk(
                id: DiskID(), account: try tables.owner(), name: request.name, state: .pending,
                sizeGB: request.sizeGB, monthlyPrice: price, zone: request.zone, tags: request.tags, createdAt: now)
            try tables.claim(name: disk.name, type: "Disk")
            try tables.insert(disk)
            try tables.bill(
                BillingRecord(
                    resource: disk.id.value, account: disk.account, name: disk.name, type: "Disk",
                    plan: "\(disk.sizeGB) GB", monthlyPrice: price, since: now))
            if let hour = request.snapshotHour {
                try tables.save(
                    AutoSnapshotAddOn(
                        resource: disk.id.value, account: disk.account, kind: .disk, isEnabled: true, hour: hour,
                        since: now))
            }
            let uses = snapshot.map { [Lock.use(of: $0.id, by: disk.id.value)] } ?? []
            return try tables.accept(
                snapshot == nil ? CreateDisk.saga : CreateDisk.fromSnapshot,
                CreateDisk.Parameters(disk: disk.id, snapshot: snapshot?.id), of: disk.account, on: disk.name,
                type: "Disk", details: snapshot?.label, locks: [Lock.disk(disk.id)] + uses, at: now)
        }
        await desk.scan()
        return operation
    }

    /// Gives the disk to an instance, which may be running; an operation for each of the two.
    ///
    /// - Parameter path: the device that the client wants it to be. It is recorded, and must be free.
    package func attach(_ name: String, to instanceName: String, path: String) async throws -> [SloopModel.Operation] {
        try DevicePath.check(path)
        let now = world.now()
        let operations = try await world.store.write { tables in
            let disk = try tables.disk(named: name)
            let instance = try tables.instance(named: instanceName)
            let operation = try tables.accept(
                AttachDisk.saga, DiskParameters(disk: disk.id), of: disk.account, on: name, type: "Disk",
                details: instanceName, locks: [Lock.disk(disk.id), Lock.instance(instance.id)], at: now)
            try check(disk, mayGoTo: instance, at: path, in: tables)
            try tables.change(disk.id) { disk in
                disk.state = .pending
                disk.instance = instance.id
                disk.path = path
            }
            return [operation, try tables.follow(operation, on: instanceName, type: "Instance", details: name)]
        }
        await desk.scan()
        return operations
    }

    private func check(_ disk: Disk, mayGoTo instance: Instance, at path: String, in tables: Tables) throws {
        guard disk.state == .available else {
            throw SloopError(
                .wrongState, "You can't attach this disk right now. The state of this disk is: \(disk.state.rawValue)",
                tip: "see it with: sloop disk show \(disk.name)")
        }
        guard instance.state == .running || instance.state == .stopped else {
            throw SloopError(
                .wrongState, "the instance '\(instance.name)' is \(instance.state.rawValue)",
                tip: "see it with: sloop instance show \(instance.name)")
        }
        guard disk.zone == instance.zone else {
            throw SloopError(
                .invalidInput, "the disk '\(disk.name)' and the instance '\(instance.name)' are in different zones",
                tip: "make a snapshot of the disk, and a disk from it in the instance's zone")
        }
        let others = try tables.disks(of: instance.id)
        guard others.count < DiskService.disksOfInstance else {
            throw SloopError(
                .invalidInput,
                "Sorry, you've either reached or will exceed your maximum limit of attached disks: "
                    + "'\(instance.name)' has \(others.count)", tip: "detach one first: sloop disk detach NAME")
        }
        if let other = others.first(where: { $0.path == path }) {
            throw SloopError(
                .invalidInput, "\(path) of '\(instance.name)' is the disk '\(other.name)'", tip: "name another device")
        }
    }

    /// Takes the disk from its instance, which must be stopped; an operation for each of the two.
    package func detach(_ name: String) async throws -> [SloopModel.Operation] {
        let now = world.now()
        let operations = try await world.store.write { tables in
            let disk = try tables.disk(named: name)
            let instance = try disk.instance.flatMap { try tables.find($0) }
            let operation = try tables.accept(
                DetachDisk.saga, DiskParameters(disk: disk.id), of: disk.account, on: name, type: "Disk",
                details: instance?.name, locks: [Lock.disk(disk.id)] + (instance.map { [Lock.instance($0.id)] } ?? []),
                at: now)
            guard let instance, disk.state == .inUse || disk.state == .error, instance.state == .stopped else {
                throw SloopError(
                    .wrongState,
                    "You can't detach this disk right now. The state of this disk is: \(disk.state.rawValue)",
                    tip: instance.map { "stop the instance first: sloop instance stop \($0.name)" }
                        ?? "it is attached to no instance")
            }
            try tables.change(disk.id) { $0.state = .pending }
            return [operation, try tables.follow(operation, on: instance.name, type: "Instance", details: name)]
        }
        await desk.scan()
        return operations
    }

    /// Deletes the disk, which must not be attached, and its automatic snapshots.
    package func delete(_ name: String) async throws -> SloopModel.Operation {
        let now = world.now()
        let operation = try await world.store.write { tables in
            let disk = try tables.disk(named: name)
            let operation = try tables.accept(
                DeleteDisk.saga, DiskParameters(disk: disk.id), of: disk.account, on: name, type: "Disk",
                locks: [Lock.disk(disk.id)], at: now)
            if let instance = try disk.instance.flatMap({ try tables.find($0) }) {
                throw SloopError(
                    .wrongState,
                    "You can't perform this operation because the disk is still attached to a Lightsail instance: "
                        + instance.name, tip: "stop the instance, then: sloop disk detach \(name)")
            }
            try tables.change(disk.id) { $0.state = .deleting }
            return operation
        }
        await desk.scan()
        return operation
    }

    package func find(_ name: String) async throws -> View {
        try await world.store.read { try view($0.disk(named: name), in: $0) }
    }

    /// Those with names after that one, by name; at most so many.
    package func page(after name: String?, limit: Int) async throws -> [View] {
        try await world.store.read { tables in
            try tables.disks(after: name, limit: limit).map { try view($0, in: tables) }
        }
    }

    private func view(_ disk: Disk, in tables: Tables) throws -> View {
        View(
            disk: disk, instance: try disk.instance.flatMap { try tables.find($0)?.name },
            addOn: try tables.addOn(of: disk.id.value))
    }
}

/// The names of devices that clients give to disks.
enum DevicePath {
    private static let system = ["/dev/xvda", "/dev/sda", "/dev/sda1"]

    /// Throws `invalidInput` unless it is a device that is not the system disk's.
    static func check(_ path: String) throws {
        guard path.wholeMatch(of: /\/dev\/[a-z][a-z0-9]{0,30}/) != nil, !system.contains(path) else {
            throw SloopError(
                .invalidInput, "'\(path.prefix(60))' is no path for a disk", tip: "use one like /dev/xvdf")
        }
    }
}
