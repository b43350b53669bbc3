import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addSnapshotCalls() {
        addDiskSnapshotCalls()
        addInstanceSnapshotCalls()
        add(Lightsail.CopySnapshot.self) { caller, input in
            let region = try input.sourceRegion.required("sourceRegion")
            guard region == caller.region else {
                throw SloopError(
                    .notOffered, "there is no region '\(region.prefix(40))' to copy from",
                    tip: "this Sloop has one region: \(caller.region)")
            }
            let choice = try SnapshotChoice(
                name: input.sourceSnapshotName, source: input.sourceResourceName, day: input.restoreDate,
                latest: input.useLatestRestorableAutoSnapshot)
            let source = input.sourceSnapshotName ?? input.sourceResourceName ?? ""
            let operation = try await caller.snapshots.copy(
                choice, to: try input.targetSnapshotName.required("targetSnapshotName"), details: "\(region):\(source)")
            return .init(operations: [.init(operation, caller)])
        }
    }

    private mutating func addDiskSnapshotCalls() {
        add(Lightsail.CreateDiskSnapshot.self) { caller, input in
            let name = try input.diskSnapshotName.required("diskSnapshotName")
            switch (input.diskName, input.instanceName) {
            case (let disk?, nil):
                let operations = try await caller.snapshots.create(
                    name, ofDisk: disk, tags: try Caller.tags(input.tags))
                return .init(operations: operations.map { .init($0, caller) })
            case (nil, .some):
                throw SloopError(
                    .notOffered, "a snapshot of a system disk alone is not offered",
                    tip: "take one of the instance: CreateInstanceSnapshot")
            default:
                throw SloopError(.invalidInput, "give either diskName or instanceName", tip: "diskName names a disk")
            }
        }
        add(Lightsail.DeleteDiskSnapshot.self, mayWait: true) { caller, input in
            let operation = try await caller.snapshots.delete(
                try input.diskSnapshotName.required("diskSnapshotName"), .disk)
            return .init(operations: try await caller.ends(of: [operation]))
        }
        add(Lightsail.GetDiskSnapshot.self) { caller, input in
            let name = try input.diskSnapshotName.required("diskSnapshotName")
            return .init(diskSnapshot: .init(try await caller.snapshots.find(name, .disk), caller))
        }
        add(Lightsail.GetDiskSnapshots.self) { caller, input in
            let page = try await snapshots(.disk, input.pageToken, "GetDiskSnapshots", caller)
            return .init(diskSnapshots: page.items.map { .init($0, caller) }, nextPageToken: page.next)
        }
    }

    private mutating func addInstanceSnapshotCalls() {
        add(Lightsail.CreateInstanceSnapshot.self) { caller, input in
            let operations = try await caller.snapshots.create(
                try input.instanceSnapshotName.required("instanceSnapshotName"),
                ofInstance: try input.instanceName.required("instanceName"), tags: try Caller.tags(input.tags))
            return .init(operations: operations.map { .init($0, caller) })
        }
        add(Lightsail.CreateInstancesFromSnapshot.self) { caller, input in
            if let mapping = input.attachedDiskMapping, !mapping.isEmpty {
                throw SloopError(
                    .notOffered, "a snapshot of an instance holds no attached disks",
                    tip: "make disks of their own snapshots: CreateDiskFromSnapshot")
            }
            let choice = try SnapshotChoice(
                name: input.instanceSnapshotName, source: input.sourceInstanceName, day: input.restoreDate,
                latest: input.useLatestRestorableAutoSnapshot)
            let request = InstanceService.Request(
                names: try input.instanceNames.required("instanceNames"), blueprint: "",
                bundle: try input.bundleId.required("bundleId"),
                keyPair: input.keyPairName.flatMap { $0.isEmpty ? nil : $0 }, script: input.userData,
                tags: try Caller.tags(input.tags),
                zone: try caller.zone(input.availabilityZone.required("availabilityZone")),
                ipAddressType: input.ipAddressType ?? "dualstack", snapshot: choice,
                snapshotHour: try snapshotHour(input.addOns))
            let operations = try await caller.instances.create(request)
            return .init(operations: operations.map { .init($0, caller) })
        }
        add(Lightsail.DeleteInstanceSnapshot.self, mayWait: true) { caller, input in
            let operation = try await caller.snapshots.delete(
                try input.instanceSnapshotName.required("instanceSnapshotName"), .instance)
            return .init(operations: try await caller.ends(of: [operation]))
        }
        add(Lightsail.GetInstanceSnapshot.self) { caller, input in
            let name = try input.instanceSnapshotName.required("instanceSnapshotName")
            return .init(instanceSnapshot: .init(try await caller.snapshots.find(name, .instance), caller))
        }
        add(Lightsail.GetInstanceSnapshots.self) { caller, input in
            let page = try await snapshots(.instance, input.pageToken, "GetInstanceSnapshots", caller)
            return .init(instanceSnapshots: page.items.map { .init($0, caller) }, nextPageToken: page.next)
        }
    }
}

private func snapshots(
    _ kind: Snapshot.Kind, _ token: String?, _ call: String, _ caller: Caller
) async throws -> (items: [Snapshot], next: String?) {
    let after = try Page.key(token, call: call)
    let found = try await caller.snapshots.page(kind, after: after, limit: Page.size + 1)
    return Page.cut(found, call: call) { $0.name ?? "" }
}

extension SnapshotChoice {
    /// What a request of Lightsail's means: a snapshot by its name, or an automatic one by its source and its day.
    init(name: String?, source: String?, day: String?, latest: Bool?) throws {
        switch (name, source, day, latest ?? false) {
        case (let name?, nil, nil, false): self = .named(name)
        case (nil, let source?, let day?, false): self = .day(day, of: source)
        case (nil, let source?, nil, true): self = .latest(of: source)
        default:
            throw SloopError(
                .invalidInput, "it is not clear which snapshot is meant",
                tip: "name a snapshot; or name its source, and give restoreDate or useLatestRestorableAutoSnapshot")
        }
    }
}

extension Lightsail.DiskSnapshot {
    init(_ snapshot: Snapshot, _ caller: Caller) {
        let state: String =
            switch snapshot.state {
            case .pending: "pending"
            case .available, .deleting: "completed"
            case .error: "error"
            }
        self.init(
            name: snapshot.name, arn: caller.arn("DiskSnapshot", snapshot.id.value),
            supportCode: caller.supportCode(Caller.cloudID("snap", snapshot.id.value)), createdAt: snapshot.createdAt,
            location: caller.regional, resourceType: "DiskSnapshot", tags: Caller.wire(snapshot.tags),
            sizeInGb: snapshot.sizeGB, state: state, progress: snapshot.state == .pending ? "0%" : "100%",
            fromDiskName: snapshot.sourceName, fromDiskArn: caller.arn("Disk", snapshot.source),
            isFromAutoSnapshot: snapshot.isFromAutomatic)
    }
}

extension Lightsail.InstanceSnapshot {
    init(_ snapshot: Snapshot, _ caller: Caller) {
        self.init(
            name: snapshot.name, arn: caller.arn("InstanceSnapshot", snapshot.id.value),
            supportCode: caller.supportCode(Caller.cloudID("ami", snapshot.id.value)), createdAt: snapshot.createdAt,
            location: caller.regional, resourceType: "InstanceSnapshot", tags: Caller.wire(snapshot.tags),
            state: snapshot.state == .deleting ? "available" : snapshot.state.rawValue, fromAttachedDisks: [],
            fromInstanceName: snapshot.sourceName, fromInstanceArn: caller.arn("Instance", snapshot.source),
            fromBlueprintId: snapshot.origin.map { $0.blueprintAlias ?? $0.blueprint },
            fromBundleId: snapshot.origin?.bundle, isFromAutoSnapshot: snapshot.isFromAutomatic,
            sizeInGb: snapshot.sizeGB)
    }
}
