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
        let canSnapshot: Bool
        let suggestion: String
        let automatic: AutomaticSnapshots
    }

    struct SnapshotRow: Sendable {
        let id: String
        let label: String
        let source: String
        let kind: String
        let article: String
        let size: String
        let price: String
        let takenAt: Moment
        let chip: Chip
        /// Where it is acted on: by its name, or by its source and its day.
        let path: String
        let day: String
        /// Nil for an automatic one, which has no name.
        let snapshotName: String?
        let canRestore: Bool
        let canDelete: Bool
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
                    instance: view.instance, canDelete: view.instance == nil,
                    canSnapshot: view.disk.state == .available || view.disk.state == .inUse,
                    suggestion: "\(view.disk.name)-1", automatic: AutomaticSnapshots(of: view.disk.name, view.addOn))
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
            id: snapshot.id.value, label: snapshot.label, source: snapshot.sourceName,
            kind: snapshot.kind == .instance ? "instance" : "disk",
            article: snapshot.kind == .instance ? "an" : "a",
            size: Wording.size(snapshot.sizeGB), price: Wording.price(snapshot.monthlyPrice),
            takenAt: Moment(snapshot.createdAt), chip: Wording.chip(snapshot.state),
            path: snapshot.name.map { "/snapshots/\($0)" } ?? "/snapshots-of/\(snapshot.sourceName)",
            day: snapshot.name == nil ? snapshot.day ?? "" : "", snapshotName: snapshot.name,
            canRestore: snapshot.state == .available, canDelete: snapshot.state != .deleting,
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
}
