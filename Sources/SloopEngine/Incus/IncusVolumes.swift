import Foundation
import SloopModel

extension IncusEngine {
    package var volumes: (any VolumeStore)? { IncusVolumes(engine: self) }
}

/// Disks as custom volumes of the pool: file systems, since containers can have no other.
///
/// They are shifted: root of whichever machine has one is root in it.
struct IncusVolumes: VolumeStore {
    let engine: IncusEngine
    private var client: IncusClient { engine.client }
    private var path: String { "/1.0/storage-pools/\(engine.settings.pool)/volumes/custom" }

    static func name(_ id: VolumeID) -> String { "sloop-\(id)" }

    func list() async throws -> [VolumeID: MachineVolume] {
        try await engine.calling("list the disks") {
            let all: [IncusVolume] = try await client.get("\(path)?recursion=1")
            return all.reduce(into: [:]) { all, volume in
                guard engine.owns(volume.config), let id = volume.config["user.sloop.volume"].map({ VolumeID($0) }),
                    volume.name == IncusVolumes.name(id)
                else { return }
                all[id] = MachineVolume(
                    sizeGB: volume.config["size"].flatMap { Int($0.prefix { $0.isNumber }) } ?? 0,
                    machine: volume.users.first.map { InstanceID($0.replacing(/^sloop-/, with: "")) })
            }
        }
    }

    func create(_ id: VolumeID, sizeGB: Int) async throws {
        try await engine.calling("create the disk \(id)") {
            try await make(id, order(id, sizeGB))
        }
    }

    func copy(_ source: VolumeID, to id: VolumeID, sizeGB: Int) async throws {
        try await engine.calling("copy the disk \(source)") {
            if try await isWhole(id) { return }
            guard try await own(source) != nil else {
                throw SloopError(.notFound, "Incus has no disk '\(IncusVolumes.name(source))'")
            }
            var order = order(id, sizeGB)
            order.source = .init(name: IncusVolumes.name(source), pool: engine.settings.pool)
            try await make(id, order)
        }
    }

    func delete(_ id: VolumeID) async throws {
        try await engine.calling("delete the disk \(id)") {
            guard let found = try await find(id), engine.owns(found.config) else { return }
            if let user = found.users.first {
                throw SloopError(.wrongState, "the disk '\(found.name)' is attached to '\(user)'")
            }
            try await client.remove("\(path)/\(found.name)")
        }
    }

    func attach(_ id: VolumeID, to machine: InstanceID, at folder: String) async throws {
        let name = IncusEngine.name(machine)
        try await engine.calling("attach a disk to \(name)") {
            guard let volume = try await own(id) else {
                throw SloopError(.notFound, "Incus has no disk '\(IncusVolumes.name(id))'")
            }
            if let other = volume.users.first(where: { $0 != name }) {
                throw SloopError(.wrongState, "the disk '\(volume.name)' is attached to '\(other)'")
            }
            try await client.settle(name)
            guard let found = try await engine.find(name), engine.owns(found.config) else {
                throw SloopError(.notFound, "Incus has no machine '\(name)'")
            }
            let device = [
                "type": "disk", "pool": engine.settings.pool, "source": volume.name, "path": folder,
            ]
            guard found.devices[IncusVolumes.device(id)] != device else { return }
            try await client.change(
                .PATCH, "/1.0/instances/\(name)", ["devices": [IncusVolumes.device(id): device]])
        }
    }

    func detach(_ id: VolumeID, from machine: InstanceID) async throws {
        let name = IncusEngine.name(machine)
        try await engine.calling("detach a disk from \(name)") {
            try await client.settle(name)
            let path = "/1.0/instances/\(name)"
            guard case .object(var found)? = try await client.find(path, as: JSONObject.self),
                case .object(var devices)? = found["devices"], devices[IncusVolumes.device(id)] != nil
            else { return }
            // A change of single members cannot take one away.
            devices[IncusVolumes.device(id)] = nil
            found["devices"] = .object(devices)
            try await client.change(.PUT, path, JSONObject.object(found))
        }
    }

    // MARK: Making

    private static func device(_ id: VolumeID) -> String { "disk-\(id)" }

    private func order(_ id: VolumeID, _ sizeGB: Int) -> IncusVolume {
        IncusVolume(
            name: IncusVolumes.name(id), description: "sloop disk",
            config: [
                "user.sloop.installation": engine.installation, "user.sloop.volume": id.value,
                "size": "\(sizeGB)GiB", "security.shifted": "true", "initial.mode": "0755",
            ])
    }

    private func make(_ id: VolumeID, _ order: IncusVolume) async throws {
        for attempt in 1... {
            if try await isWhole(id) { return }
            do {
                try await client.change(.POST, path, order)
                // What a crash of Incus left half done lacks this.
                try await client.change(.PATCH, "\(path)/\(order.name)", ["config": ["user.sloop.whole": "true"]])
                return
            } catch let no as IncusClient.Refusal {
                guard attempt < 4, try await find(id) != nil else { throw no }
            } catch is IncusClient.LostOperation where attempt < 4 {}
        }
    }

    /// Whether it is there and made to the end. What is half of one is removed.
    private func isWhole(_ id: VolumeID) async throws -> Bool {
        guard let found = try await own(id) else { return false }
        if found.config["user.sloop.whole"] == "true" { return true }
        try await client.remove("\(path)/\(found.name)")
        return false
    }

    private func find(_ id: VolumeID) async throws -> IncusVolume? {
        try await client.find("\(path)/\(IncusVolumes.name(id))")
    }

    /// Throws `nameExists` if it is there and somebody else's.
    private func own(_ id: VolumeID) async throws -> IncusVolume? {
        guard let found = try await find(id) else { return nil }
        guard engine.owns(found.config), found.config["user.sloop.volume"] == id.value else {
            throw SloopError(
                .nameExists, "Incus has a volume '\(found.name)' that is not of this Sloop",
                tip: "rename or delete it: incus storage volume rename \(engine.settings.pool) \(found.name) OTHER")
        }
        return found
    }
}

extension IncusVolume {
    /// The names of the instances that have it.
    fileprivate var users: [String] {
        (used_by ?? []).compactMap { path in
            let words = path.prefix { $0 != "?" }.split(separator: "/")
            return words.count == 3 && words[1] == "instances" ? String(words[2]) : nil
        }
    }
}
