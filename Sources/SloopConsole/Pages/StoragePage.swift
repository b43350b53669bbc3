import Foundation
import SloopCatalog
import SloopModel
import SloopProvisioner

/// Disks, snapshots and static addresses, whatever they belong to.
struct StoragePage: Page {
    let template = "storage"
    let entry = Menu.storage
    let parts = ["storage-lists"]
    let path: String? = "/storage"
    var given = FormFields("")
    var faults: Faults = [:]

    struct DiskRow: Sendable {
        let label: String
        let size: String
        let price: String
        let chip: Chip
        let instance: String?
        let canDelete: Bool
    }

    struct SnapshotRow: Sendable {
        let label: String
        let source: String
        let kind: String
        let size: String
        let price: String
        let takenAt: Moment
        let chip: Chip
        /// Nil for an automatic one, which has no name.
        let snapshotName: String?
        let canRestore: Bool
        let suggestion: String
    }

    struct AddressRow: Sendable {
        let label: String
        let address: String
        let instance: String?
    }

    struct Content: Sendable {
        let disks: [DiskRow]
        let hasDisks: Bool
        let diskObstacle: String?
        let diskPrice: String
        let newDisk: String
        let newSize: String
        let snapshots: [SnapshotRow]
        let hasSnapshots: Bool
        let snapshotObstacle: String?
        let addresses: [AddressRow]
        let hasAddresses: Bool
        let addressObstacle: String?
        let addressPrice: String
        let back: String
        let faults: Faults
    }

    func title(_ content: Content) -> String { "Storage and addresses" }

    func content(_ visit: Visit) async throws -> Content {
        let services = visit.services
        let disks = try await services.disks.page(after: nil, limit: 1000)
        let snapshots = try await services.snapshots.list()
        let addresses = try await services.staticAddresses.page(after: nil, limit: 100)
        return Content(
            disks: disks.map { view in
                DiskRow(
                    label: view.disk.name, size: Wording.size(view.disk.sizeGB),
                    price: Wording.price(view.disk.monthlyPrice), chip: Wording.chip(view.disk.state),
                    instance: view.instance, canDelete: view.instance == nil)
            }, hasDisks: !disks.isEmpty, diskObstacle: visit.provisioner.obstacleToDisks.map(Wording.sentence),
            diskPrice: Wording.price(services.catalog.storage.diskGB), newDisk: given["disk"],
            newSize: given["size"].isEmpty ? "8" : given["size"], snapshots: snapshots.map { SnapshotRow($0) },
            hasSnapshots: !snapshots.isEmpty,
            snapshotObstacle: visit.provisioner.obstacleToSnapshots.map(Wording.sentence),
            addresses: addresses.map { view in
                AddressRow(label: view.address.name, address: view.address.address, instance: view.instance?.name)
            }, hasAddresses: !addresses.isEmpty,
            addressObstacle: visit.provisioner.obstacleToStaticAddresses.map(Wording.sentence),
            addressPrice: Wording.price(services.catalog.network.unattachedAddress), back: "/storage", faults: faults)
    }
}

extension StoragePage.SnapshotRow {
    init(_ snapshot: Snapshot) {
        self.init(
            label: snapshot.label, source: snapshot.sourceName, kind: snapshot.kind == .instance ? "instance" : "disk",
            size: Wording.size(snapshot.sizeGB), price: Wording.price(snapshot.monthlyPrice),
            takenAt: Moment(snapshot.createdAt), chip: Wording.chip(snapshot.state), snapshotName: snapshot.name,
            canRestore: snapshot.kind == .instance && snapshot.state == .available && snapshot.name != nil,
            suggestion: "\(snapshot.sourceName)-copy")
    }
}

extension Visit {
    /// Does it, and goes back to the page whose button it was.
    func atStorage(_ body: () async throws -> Void) async throws -> PageAnswer {
        try await act {
            StoragePage(faults: $0)
        } _: {
            try await body()
            return back(to: "/storage")
        }
    }

    func createDisk() async throws -> PageAnswer {
        let form = form
        return try await act {
            StoragePage(given: form, faults: $0)
        } _: {
            let size = try await FieldError.blaming("size") { try form.number("size", "the size") }
            try await FieldError.blaming("disk") { try ResourceName.check(form["disk"]) }
            do {
                _ = try await services.disks.create(DiskService.Request(name: form["disk"], sizeGB: size))
            } catch let error as SloopError where error.code == .nameExists || error.code == .invalidInput {
                throw FieldError(field: error.code == .nameExists ? "disk" : "size", error: error)
            }
            return .seeOther("/storage")
        }
    }

    /// An instance of what a snapshot holds, with the plan and the key pair of its source.
    func restoreSnapshot() async throws -> PageAnswer {
        try await act {
            StoragePage(faults: $0)
        } _: {
            let snapshot = try await services.snapshots.find(name, .instance)
            let request = InstanceService.Request(
                names: [form["instance"]], blueprint: "", bundle: snapshot.origin?.bundle ?? "",
                snapshot: .named(name))
            _ = try await services.instances.create(request)
            return .seeOther("/instances/\(form["instance"])")
        }
    }
}
