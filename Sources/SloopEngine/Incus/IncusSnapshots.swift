import Foundation
import SloopModel

extension IncusEngine {
    package var snapshots: (any SnapshotStore)? { IncusSnapshots(engine: self) }
}

/// Snapshots as instances of Incus that are copies of a machine's, have no network, and are never started. Incus' own
/// snapshots would go with their instance.
struct IncusSnapshots: SnapshotStore {
    let engine: IncusEngine
    private var client: IncusClient { engine.client }

    static func name(_ id: SnapshotID) -> String { "sloop-snapshot-\(id)" }

    func list() async throws -> Set<SnapshotID> {
        try await engine.calling("list the snapshots") {
            try await engine.machines().reduce(into: []) { all, machine in
                guard engine.owns(machine.config),
                    let id = machine.config["user.sloop.snapshot"].map({ SnapshotID($0) }),
                    machine.name == IncusSnapshots.name(id)
                else { return }
                all.insert(id)
            }
        }
    }

    func take(_ id: SnapshotID, of machine: InstanceID) async throws {
        let name = IncusEngine.name(machine)
        try await engine.calling("take a snapshot of \(name)") { try await copy(name, to: id) }
    }

    func copy(_ source: SnapshotID, to id: SnapshotID) async throws {
        try await engine.calling("copy the snapshot \(source)") {
            try await copy(IncusSnapshots.name(source), to: id)
        }
    }

    func delete(_ id: SnapshotID) async throws {
        let name = IncusSnapshots.name(id)
        try await engine.calling("delete the snapshot \(id)") {
            try await client.settle(name)
            guard let found = try await engine.find(name), engine.owns(found.config) else { return }
            try await client.remove("/1.0/instances/\(name)")
        }
    }

    private func copy(_ source: String, to id: SnapshotID) async throws {
        let name = IncusSnapshots.name(id)
        for attempt in 1... {
            if try await isWhole(id) { return }
            do {
                try await client.change(.POST, "/1.0/instances", try await order(source, id))
                // What a crash of Incus left half done lacks this.
                try await client.change(.PATCH, "/1.0/instances/\(name)", ["config": ["user.sloop.whole": "true"]])
                return
            } catch let no as IncusClient.Refusal {
                guard attempt < 4, try await engine.find(name) != nil else { throw no }
            } catch is IncusClient.LostOperation where attempt < 4 {}
        }
    }

    private func order(_ source: String, _ id: SnapshotID) async throws -> IncusInstance {
        guard let found = try await engine.find(source), engine.owns(found.config) else {
            throw SloopError(.notFound, "Incus has no '\(source)' to copy")
        }
        return IncusInstance(
            name: IncusSnapshots.name(id), description: "sloop snapshot", type: "container",
            source: .init(type: "copy", source: source, instance_only: true), profiles: [],
            config: found.withoutOurs.merging(
                [
                    "user.sloop.installation": engine.installation, "user.sloop.snapshot": id.value, "raw.lxc": "",
                ]) { $1 },
            devices: found.withoutDevices)
    }

    /// Whether it is there and made to the end. What is half of one is removed.
    private func isWhole(_ id: SnapshotID) async throws -> Bool {
        let name = IncusSnapshots.name(id)
        try await client.settle(name)
        guard let found = try await engine.find(name) else { return false }
        guard engine.owns(found.config), found.config["user.sloop.snapshot"] == id.value else {
            throw SloopError(
                .nameExists, "Incus has an instance '\(name)' that is not of this Sloop",
                tip: "rename or delete it: incus rename \(name) OTHER")
        }
        if found.config["user.sloop.whole"] == "true" { return true }
        try await client.remove("/1.0/instances/\(name)")
        return false
    }
}

extension IncusInstance {
    /// What a copy must be told in order to have none of Sloop's settings of its source: it has all that it is not told.
    var withoutOurs: [String: String] {
        config.filter { $0.key.hasPrefix("user.sloop.") }.mapValues { _ in "" }
    }

    /// What a copy must be told in order to have no other device of its source than the root disk.
    var withoutDevices: [String: [String: String]] {
        devices.reduce(into: [:]) { all, device in
            all[device.key] = device.key == "root" ? device.value : ["type": "none"]
        }
    }
}

extension IncusEngine {
    /// The order for a machine, as a copy if it is to be made from a snapshot.
    func withSource(of machine: MachineSpec, _ order: IncusInstance) async throws -> IncusInstance {
        guard let snapshot = machine.snapshot else { return order }
        let source = IncusSnapshots.name(snapshot)
        guard let found = try await find(source), owns(found.config) else {
            throw SloopError(.notFound, "Incus has no snapshot '\(source)'")
        }
        var copy = order
        copy.source = .init(type: "copy", source: source, instance_only: true)
        copy.config = found.withoutOurs.merging(order.config) { $1 }
        copy.devices = found.withoutDevices.merging(order.devices) { $1 }
        return copy
    }

    /// Has Incus write the files of a copy as it does those of a new machine, but for the user's own keys.
    func plantAnew(_ name: String) async throws {
        let path = "/1.0/instances/\(name)/metadata"
        var metadata: IncusMetadata = try await client.get(path)
        for (file, template) in metadata.templates
        where template.when.contains("create") && !file.hasSuffix("/.ssh/authorized_keys") {
            metadata.templates[file]?.when = ["create", "copy"]
        }
        // Empty as in an image: the machine makes an id of its own.
        metadata.templates["/etc/machine-id"] = .init(template: "machine-id.tpl", when: ["copy"])
        try await client.upload(
            "\(path)/templates?path=machine-id.tpl",
            .pieces([.text("{{ config_get(\"user.sloop.machine-id\", \"\") }}")]),
            headers: [("Content-Type", "application/octet-stream")])
        try await client.change(.PUT, path, metadata)
    }
}
