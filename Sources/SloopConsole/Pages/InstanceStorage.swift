import SloopModel
import SloopProvisioner

extension InstancePage {
    /// The disks and snapshots of one instance.
    struct StorageView: Sendable {
        struct DiskRow: Sendable {
            let label: String
            let size: String
            let folder: String
            let price: String
            let chip: Chip
        }

        let disks: [DiskRow]
        /// Disks that could be attached.
        let freeDisks: [String]
        let diskObstacle: String?
        /// Why a disk that is attached cannot be taken away now.
        let canDetach: Bool
        let snapshots: [StoragePage.SnapshotRow]
        let snapshotObstacle: String?
        let automatic: AutomaticSnapshots
        let back: String

        init(_ view: InstanceService.View, _ visit: Visit) async throws {
            disks = view.disks.map { disk in
                DiskRow(
                    label: disk.name, size: Wording.size(disk.sizeGB), folder: disk.folder,
                    price: Wording.price(disk.monthlyPrice), chip: Wording.chip(disk.state))
            }
            diskObstacle = visit.provisioner.obstacleToDisks.map(Wording.sentence)
            snapshotObstacle = visit.provisioner.obstacleToSnapshots.map(Wording.sentence)
            canDetach = view.instance.state == .stopped
            freeDisks = try await visit.services.disks.page(after: nil, limit: 100)
                .filter { $0.disk.state == .available && $0.disk.zone == view.instance.zone }.map(\.disk.name)
            snapshots = try await visit.services.snapshots.list()
                .filter { $0.source == view.instance.id.value }.map { StoragePage.SnapshotRow($0) }
            automatic = AutomaticSnapshots(of: view.instance.name, view.addOn)
            back = "/instances/\(view.instance.name)#storage"
        }
    }
}

extension Wording {
    static func chip(_ state: Disk.State) -> Chip {
        switch state {
        case .pending: Chip("being prepared", .busy)
        case .available: Chip("not attached", .quiet)
        case .inUse: Chip("attached", .good)
        case .deleting: Chip("being deleted", .busy)
        case .error: Chip("error", .bad)
        }
    }

    static func chip(_ state: Snapshot.State) -> Chip {
        switch state {
        case .pending: Chip("being taken", .busy)
        case .available: Chip("complete", .good)
        case .deleting: Chip("being deleted", .busy)
        case .error: Chip("error", .bad)
        }
    }
}

extension Visit {
    /// The devices that clients would name; nothing depends on which it is.
    private static let devices = "fghijklmnopqrstuvwxyz".map { "/dev/xvd\($0)" }

    func attachDisk() async throws -> PageAnswer {
        try await act {
            InstancePage(name, given: form, faults: $0)
        } _: {
            let taken = Set(try await services.instances.find(name).disks.compactMap(\.path))
            let device = Visit.devices.first { !taken.contains($0) } ?? "/dev/xvdz"
            _ = try await FieldError.blaming("disk") {
                try await services.disks.attach(form["disk"], to: name, path: device)
            }
            return .seeOther("/instances/\(name)#storage")
        }
    }

    func takeSnapshot() async throws -> PageAnswer {
        try await act {
            InstancePage(name, given: form, faults: $0)
        } _: {
            _ = try await FieldError.blaming("snapshot") {
                try await services.snapshots.create(form["snapshot"], ofInstance: name)
            }
            return .seeOther("/instances/\(name)#storage")
        }
    }
}
