import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addDiskCalls() {
        add(Lightsail.CreateDisk.self) { caller, input in
            let request = DiskService.Request(
                name: try input.diskName.required("diskName"), sizeGB: try input.sizeInGb.required("sizeInGb"),
                zone: try caller.zone(input.availabilityZone.required("availabilityZone")),
                tags: try Caller.tags(input.tags), snapshotHour: try snapshotHour(input.addOns))
            return .init(operations: [.init(try await caller.disks.create(request), caller)])
        }
        add(Lightsail.CreateDiskFromSnapshot.self) { caller, input in
            let request = DiskService.Request(
                name: try input.diskName.required("diskName"), sizeGB: try input.sizeInGb.required("sizeInGb"),
                zone: try caller.zone(input.availabilityZone.required("availabilityZone")),
                tags: try Caller.tags(input.tags), snapshotHour: try snapshotHour(input.addOns))
            let choice = try SnapshotChoice(
                name: input.diskSnapshotName, source: input.sourceDiskName, day: input.restoreDate,
                latest: input.useLatestRestorableAutoSnapshot)
            return .init(operations: [.init(try await caller.disks.create(request, from: choice), caller)])
        }
        add(Lightsail.AttachDisk.self) { caller, input in
            let operations = try await caller.disks.attach(
                try input.diskName.required("diskName"), to: try input.instanceName.required("instanceName"),
                path: try input.diskPath.required("diskPath"))
            return .init(operations: operations.map { .init($0, caller) })
        }
        add(Lightsail.DetachDisk.self) { caller, input in
            let operations = try await caller.disks.detach(try input.diskName.required("diskName"))
            return .init(operations: operations.map { .init($0, caller) })
        }
        add(Lightsail.DeleteDisk.self, mayWait: true) { caller, input in
            let operation = try await caller.disks.delete(try input.diskName.required("diskName"))
            return .init(operations: try await caller.ends(of: [operation]))
        }
        add(Lightsail.GetDisk.self) { caller, input in
            .init(disk: .init(try await caller.disks.find(try input.diskName.required("diskName")), caller))
        }
        add(Lightsail.GetDisks.self) { caller, input in
            let after = try Page.key(input.pageToken, call: "GetDisks")
            let page = Page.cut(try await caller.disks.page(after: after, limit: Page.size + 1), call: "GetDisks") {
                $0.disk.name
            }
            return .init(disks: page.items.map { .init($0, caller) }, nextPageToken: page.next)
        }
    }
}

extension Caller {
    /// The operations when they are over, which is at once: Lightsail answers some calls so.
    func ends(of operations: [SloopModel.Operation]) async throws -> [Lightsail.OperationRecord] {
        try await services.operations.ends(of: operations, upTo: .seconds(25)).map { .init($0, self) }
    }
}

extension Lightsail.Disk {
    init(_ view: DiskService.View, _ caller: Caller) {
        self.init(view.disk, attachedTo: view.instance, view.addOn, caller)
    }

    init(_ disk: Disk, attachedTo instance: String?, _ addOn: AutoSnapshotAddOn?, _ caller: Caller) {
        self.init(
            name: disk.name, arn: caller.arn("Disk", disk.id.value),
            supportCode: caller.supportCode(Caller.cloudID("vol", disk.id.value)), createdAt: disk.createdAt,
            location: caller.location(zone: disk.zone), resourceType: "Disk", tags: Caller.wire(disk.tags),
            addOns: addOn.map { [.init($0)] } ?? [], sizeInGb: disk.sizeGB, isSystemDisk: false,
            iops: max(100, 3 * disk.sizeGB), path: disk.path,
            // One that is being deleted is gone in a moment.
            state: disk.state == .deleting ? "pending" : disk.state.rawValue, attachedTo: instance,
            isAttached: disk.state == .inUse, attachmentState: disk.state == .inUse ? "attached" : "detached",
            autoMountStatus: disk.state == .inUse ? "Mounted" : "NotMounted")
    }
}
