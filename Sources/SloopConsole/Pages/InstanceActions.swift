import SloopModel
import SloopProvisioner

/// What the buttons of ``InstancePage`` do.
extension Visit {
    func atInstance(_ body: () async throws -> Void) async throws -> PageAnswer {
        try await act {
            InstancePage(name, given: form, faults: $0)
        } _: {
            try await body()
            return .seeOther("/instances/\(name)")
        }
    }

    func rerunScript() async throws -> PageAnswer {
        try await act {
            InstancePage(name, given: form, faults: $0)
        } _: {
            let script = form.text("script")
            _ = try await FieldError.blaming("script") {
                try await services.launches.rerun(name, script: script.isEmpty ? nil : script)
            }
            return .seeOther("/instances/\(name)#launch")
        }
    }

    /// Makes the instance's tags these and no others.
    func setTags() async throws -> PageAnswer {
        try await act {
            InstancePage(name, given: form, faults: $0)
        } _: {
            try await FieldError.blaming("tags") {
                let wanted = try Visit.tags(form.text("tags"))
                let old = try await services.instances.find(name).instance.tags
                if !wanted.isEmpty { _ = try await services.tags.tag(name, with: wanted) }
                let gone = old.keys.filter { wanted[$0] == nil }
                if !gone.isEmpty { _ = try await services.tags.untag(name, keys: gone.sorted()) }
            }
            return .seeOther("/instances/\(name)")
        }
    }

    func deleteInstance() async throws -> PageAnswer {
        try await act {
            InstanceDeletePage(name, faults: $0)
        } _: {
            _ = try await services.instances.delete(name)
            return .seeOther("/")
        }
    }
}

/// What goes with an instance and what stays, before it is deleted.
struct InstanceDeletePage: Page {
    let template = "instance-delete"
    let entry = Menu.instances
    let name: String
    var faults: Faults = [:]

    init(_ name: String, faults: Faults = [:]) {
        self.name = name
        self.faults = faults
    }

    struct Content: Sendable {
        let card: InstancesPage.Card
        let goes: [String]
        let stays: [String]
        let faults: Faults
    }

    func title(_ content: Content) -> String { "Delete \(content.card.name)" }

    func content(_ visit: Visit) async throws -> Content {
        let services = visit.services
        let view = try await services.instances.find(name)
        let network = try await InstancePage.NetworkView(view, visit)
        let snapshots = try await services.snapshots.list().filter { $0.source == view.instance.id.value }
        let (kept, automatic) = (snapshots.filter { $0.name != nil }, snapshots.filter { $0.name == nil })
        var goes = ["The machine, its disk and everything on it. Nothing brings it back."]
        if network.staticAddress == nil { goes.append("Its address, \(view.instance.publicAddress).") }
        if !automatic.isEmpty { goes.append("Its \(Wording.count(automatic.count, "automatic snapshot")).") }
        goes.append("Its bill: \(Wording.price(view.instance.monthlyPrice)) USD a month. This hour is still billed.")
        var stays: [String] = []
        if let address = network.staticAddress {
            stays.append(
                "The static address \(address.label) (\(address.address)). It is billed while it is attached to nothing."
            )
        }
        for disk in view.disks {
            stays.append("The disk \(disk.name), detached, at \(Wording.price(disk.monthlyPrice)) USD a month.")
        }
        for snapshot in kept {
            stays.append("The snapshot \(snapshot.label), at \(Wording.price(snapshot.monthlyPrice)) USD a month.")
        }
        if let pair = view.instance.keyPair { stays.append("The key pair \(pair), which costs nothing.") }
        return Content(
            card: InstancesPage.Card(view, services.catalog), goes: goes, stays: stays, faults: faults)
    }
}
