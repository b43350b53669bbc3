import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addAddOnCalls() {
        add(Lightsail.EnableAddOn.self) { caller, input in
            let request = try input.addOnRequest.required("addOnRequest")
            let hour = try snapshotHour([request]) ?? AddOnService.usualHour
            let operation = try await caller.addOns.enable(
                try input.resourceName.required("resourceName"), hour: hour)
            return .init(operations: [.init(operation, caller)])
        }
        add(Lightsail.DisableAddOn.self) { caller, input in
            try checkType(try input.addOnType.required("addOnType"))
            let operation = try await caller.addOns.disable(try input.resourceName.required("resourceName"))
            return .init(operations: [.init(operation, caller)])
        }
        add(Lightsail.GetAutoSnapshots.self) { caller, input in
            let view = try await caller.addOns.automatic(of: try input.resourceName.required("resourceName"))
            return .init(
                resourceName: view.name, resourceType: view.kind.sourceType,
                autoSnapshots: view.snapshots.map { .init($0) })
        }
        add(Lightsail.DeleteAutoSnapshot.self, mayWait: true) { caller, input in
            let operation = try await caller.addOns.deleteAutomatic(
                of: try input.resourceName.required("resourceName"), day: try input.date.required("date"))
            return .init(operations: try await caller.ends(of: [operation]))
        }
    }
}

/// The hour (UTC) of automatic snapshots that a request names; nil if it asks for none.
func snapshotHour(_ requests: [Lightsail.AddOnRequest]?) throws -> Int? {
    guard let request = requests?.first else { return nil }
    for request in requests ?? [] { try checkType(try request.addOnType.required("addOnType")) }
    guard let time = request.autoSnapshotAddOnRequest?.snapshotTimeOfDay else { return AddOnService.usualHour }
    return try AddOnService.hour(time)
}

private func checkType(_ type: String) throws {
    guard type == Lightsail.AddOnType.autoSnapshot else {
        throw SloopError(
            .notOffered, "the add-on '\(type.prefix(40))' is not offered",
            tip: "the one on offer is \(Lightsail.AddOnType.autoSnapshot)")
    }
}

extension Lightsail.AddOn {
    init(_ addOn: AutoSnapshotAddOn) {
        let time = "\(addOn.hour < 10 ? "0" : "")\(addOn.hour):00"
        self.init(
            name: Lightsail.AddOnType.autoSnapshot, status: addOn.isEnabled ? "Enabled" : "Disabled",
            snapshotTimeOfDay: time, nextSnapshotTimeOfDay: addOn.isEnabled ? time : nil)
    }
}

extension Lightsail.AutoSnapshotDetails {
    init(_ snapshot: Snapshot) {
        let status: String =
            switch snapshot.state {
            case .pending: Lightsail.AutoSnapshotStatus.inProgress
            case .available, .deleting: Lightsail.AutoSnapshotStatus.success
            case .error: Lightsail.AutoSnapshotStatus.failed
            }
        self.init(date: snapshot.day, createdAt: snapshot.createdAt, status: status, fromAttachedDisks: [])
    }
}
