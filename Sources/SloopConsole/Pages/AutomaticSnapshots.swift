import Foundation
import SloopModel
import SloopProvisioner

/// Whether a snapshot of an instance or a disk is taken every day, and at which hour (UTC).
struct AutomaticSnapshots: Sendable {
    struct Hour: Sendable {
        let value: String
        let isChosen: Bool
    }

    let source: String
    let isOn: Bool
    let hours: [Hour]

    init(of source: String, _ addOn: AutoSnapshotAddOn?) {
        self.source = source
        isOn = addOn?.isEnabled == true
        let chosen = addOn?.hour ?? AddOnService.usualHour
        hours = (0..<24).map { Hour(value: "\($0 < 10 ? "0" : "")\($0):00", isChosen: $0 == chosen) }
    }
}

extension Visit {
    func snapshotEveryDay() async throws -> PageAnswer {
        try await atStorage {
            _ = try await services.addOns.enable(name, hour: try AddOnService.hour(form["hour"]))
        }
    }

    func deleteAutomaticSnapshot() async throws -> PageAnswer {
        try await atStorage { _ = try await services.addOns.deleteAutomatic(of: name, day: form["day"]) }
    }

    func takeDiskSnapshot() async throws -> PageAnswer {
        try await atStorage { _ = try await services.snapshots.create(form["snapshot"], ofDisk: name) }
    }

    /// An instance or a disk of what a snapshot holds; an instance has the plan and the key pair of the source.
    func restoreSnapshot() async throws -> PageAnswer {
        try await act {
            StoragePage(faults: $0)
        } _: {
            let day = form["day"]
            let choice: SnapshotChoice = day.isEmpty ? .named(name) : .day(day, of: name)
            let snapshot = try await services.snapshots.list().first {
                day.isEmpty ? $0.name == name : $0.name == nil && $0.sourceName == name && $0.day == day
            }
            guard let snapshot else {
                throw SloopError(.notFound, "there is no snapshot '\(name)'", tip: "see those that there are: /storage")
            }
            if snapshot.kind == .disk {
                let request = DiskService.Request(name: form["made"], sizeGB: snapshot.sizeGB)
                _ = try await services.disks.create(request, from: choice)
                return .seeOther("/storage")
            }
            let request = InstanceService.Request(
                names: [form["made"]], blueprint: "", bundle: snapshot.origin?.bundle ?? "", snapshot: choice)
            _ = try await services.instances.create(request)
            return .seeOther("/instances/\(form["made"])")
        }
    }
}
