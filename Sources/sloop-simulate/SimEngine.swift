import SloopEngine
import SloopModel

/// The engine as a server reaches it: what Incus does for Sloop, with the site's faults in between.
struct SimEngine: Engine, Host {
    let server: Server

    var name: String { "simulated" }
    var offersMachines: Bool { true }
    var images: (any ImageStore)? { SimImages(server: server) }
    var volumes: (any VolumeStore)? { SimVolumes(server: server) }
    var snapshots: (any SnapshotStore)? { SimSnapshots(server: server) }

    init(server: Server) { self.server = server }

    func place(slot: Int) -> MachinePlace? {
        slot < 200 ? MachinePlace(address: "10.91.2.\(slot + 10)", port: 22) : nil
    }
    func publicAddress(of place: MachinePlace) -> String {
        "198.51.100.\(place.address.split(separator: ".").last ?? "")"
    }
    func free(among places: [MachinePlace]) async throws -> Set<MachinePlace> {
        try await ask("see which of \(places.count) addresses are free", isLook: true) {
            Set(
                places.filter {
                    site.machine(at: $0.address) == nil && site.network[publicAddress(of: $0)] == nil
                })
        }
    }

    func create(_ spec: MachineSpec) async throws {
        try await ask("create \(spec.id)") {
            guard site.machine(at: spec.place.address).map({ $0.spec.id == spec.id }) ?? true else {
                throw SloopError(.operationFailed, "\(spec.place.address) is in use")
            }
            try reach(PublicAccess(spec))
            guard site.machines[spec.id] == nil else { return }
            if let image = spec.image, !site.images.keys.contains(where: { $0.name == image }) {
                throw SloopError(.notFound, "there is no image \(image)")
            }
            var keys: [String]?
            if let snapshot = spec.snapshot {
                keys = site.snapshots[snapshot]
                guard keys != nil else {
                    site.network = site.network.filter { $0.value.instance != spec.id }
                    throw SloopError(.notFound, "there is no snapshot \(snapshot)")
                }
            }
            site.machines[spec.id] = Machine(spec, userKeys: keys)
        }
    }

    /// Takes the address, also from another machine of ours, as ``IncusEngine`` does.
    private func reach(_ access: PublicAccess) throws { site.network[access.address] = access }

    func rename(_ id: InstanceID, to hostName: String) async throws {
        try await ask("rename \(id)") { site.boot(try site.machine(id)) }
    }

    func start(_ id: InstanceID) async throws {
        try await ask("start \(id)") { site.boot(try site.machine(id)) }
    }

    func stop(_ id: InstanceID) async throws {
        try await ask("stop \(id)") { try site.machine(id).stop(at: site.loop.time) }
    }

    func delete(_ id: InstanceID) async throws {
        try await ask("delete \(id)") {
            site.network = site.network.filter { $0.value.instance != id }
            site.remove(id)
        }
    }

    func list() async throws -> [InstanceID: MachineState] {
        try await ask("list machines", isLook: true) { site.machines.mapValues { $0.isRunning ? .running : .stopped } }
    }

    func check(_ rules: [PortRule]) throws { for rule in rules { try rule.check() } }

    func setPublicAccess(_ access: PublicAccess) async throws {
        try await ask("set the address of \(access.instance)") {
            try reach(access)
            site.network = site.network.filter {
                $0.value.instance != access.instance || $0.key == access.address
            }
        }
    }

    func reach() async throws -> PublicReach? {
        try await ask("see what reaches machines", isLook: true) {
            @Sendable func ways(_ access: PublicAccess) -> Set<String> {
                [access.address, "\(access.place) \(access.rules.map(\.label).sorted())"]
            }
            return PublicReach(
                ways: site.network.values.reduce(into: [:]) { $0[$1.instance, default: []].formUnion(ways($1)) },
                expected: ways)
        }
    }

    func leftovers() async throws -> Set<InstanceID> {
        try await ask("list addresses", isLook: true) { Set(site.network.values.map(\.instance)) }
    }

    func usage() async throws -> [InstanceID: MachineUsage] {
        try await ask("see what machines use", isLook: true) {
            site.machines.filter(\.value.isRunning).mapValues { $0.usage(at: site.loop.time) }
        }
    }
    func hostKey(of id: InstanceID) async throws -> String? { try site.machine(id).spec.hostKeyPublic }
    func console(_ id: InstanceID) async throws -> String {
        try await ask("read the console of \(id)", isLook: true) {
            "machine \(try site.machine(id).spec.hostName) boots\n"
        }
    }
}

struct SimVolumes: VolumeStore, Host {
    let server: Server

    init(server: Server) { self.server = server }

    func list() async throws -> [VolumeID: MachineVolume] {
        try await ask("list volumes", isLook: true) { site.volumes }
    }

    func create(_ id: VolumeID, sizeGB: Int) async throws {
        try await ask("create volume \(id)") { site.volumes[id] = site.volumes[id] ?? MachineVolume(sizeGB: sizeGB) }
    }

    func copy(_ source: VolumeID, to id: VolumeID, sizeGB: Int) async throws {
        try await ask("copy volume \(source) to \(id)") {
            guard site.volumes[id] == nil else { return }
            guard site.volumes[source] != nil else { throw SloopError(.notFound, "there is no volume \(source)") }
            site.volumes[id] = MachineVolume(sizeGB: sizeGB)
        }
    }

    func delete(_ id: VolumeID) async throws {
        try await ask("delete volume \(id)") {
            guard site.volumes[id]?.machine == nil else { throw SloopError(.wrongState, "\(id) is attached") }
            site.volumes[id] = nil
        }
    }

    func attach(_ id: VolumeID, to machine: InstanceID, at path: String) async throws {
        try await ask("attach volume \(id) to \(machine)") {
            _ = try site.machine(machine)
            guard let volume = site.volumes[id] else { throw SloopError(.notFound, "there is no volume \(id)") }
            guard volume.machine == nil || volume.machine == machine else {
                throw SloopError(.wrongState, "\(id) is attached elsewhere")
            }
            site.volumes[id]?.machine = machine
        }
    }

    func detach(_ id: VolumeID, from machine: InstanceID) async throws {
        try await ask("detach volume \(id) from \(machine)") {
            if site.volumes[id]?.machine == machine { site.volumes[id]?.machine = nil }
        }
    }
}

struct SimSnapshots: SnapshotStore, Host {
    let server: Server

    init(server: Server) { self.server = server }

    func list() async throws -> Set<SnapshotID> {
        try await ask("list snapshots", isLook: true) { Set(site.snapshots.keys) }
    }

    func take(_ id: SnapshotID, of machine: InstanceID) async throws {
        try await ask("take snapshot \(id) of \(machine)") {
            let keys = try site.machine(machine).userKeys
            site.snapshots[id] = site.snapshots[id] ?? keys
        }
    }

    func copy(_ source: SnapshotID, to id: SnapshotID) async throws {
        try await ask("copy snapshot \(source) to \(id)") {
            guard site.snapshots[id] == nil else { return }
            guard let keys = site.snapshots[source] else {
                throw SloopError(.notFound, "there is no snapshot \(source)")
            }
            site.snapshots[id] = keys
        }
    }

    func delete(_ id: SnapshotID) async throws { try await ask("delete snapshot \(id)") { site.snapshots[id] = nil } }
}
