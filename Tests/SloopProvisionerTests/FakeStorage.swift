import Foundation
import SloopEngine
import SloopModel
import Synchronization

/// The local engine with disks and snapshots: disks in memory, snapshots as copies of the machines' homes.
final class FakeStorage: Engine {
    private struct State {
        var volumes: [VolumeID: MachineVolume] = [:]
        var snapshots: Set<SnapshotID> = []
        /// How machines are reached, by public address; nil for an engine without any.
        var network: [String: PublicAccess]?
        /// Nil for what the machines really use.
        var usage: [InstanceID: MachineUsage]?
    }

    private let inner: LocalEngine
    private let folder: URL
    private let state = Mutex(State())

    /// - Parameter folder: that of the machines.
    init(_ inner: LocalEngine, folder: URL) {
        self.inner = inner
        self.folder = folder
    }

    var name: String { inner.name }
    var offersMachines: Bool { inner.offersMachines }
    var images: (any ImageStore)? { inner.images }
    var volumes: (any VolumeStore)? { Volumes(engine: self) }
    var snapshots: (any SnapshotStore)? { Snapshots(engine: self) }

    func place(slot: Int) -> MachinePlace? { inner.place(slot: slot) }
    func publicAddress(of place: MachinePlace) -> String {
        let own = inner.publicAddress(of: place)
        return state.withLock { $0.network == nil }
            ? own : "198.51.\(own.split(separator: ".").suffix(2).joined(separator: "."))"
    }
    func free(among places: [MachinePlace]) async -> Set<MachinePlace> { await inner.free(among: places) }
    func start(_ id: InstanceID) async throws { try await inner.start(id) }
    func stop(_ id: InstanceID) async throws { try await inner.stop(id) }
    func list() async throws -> [InstanceID: MachineState] { try await inner.list() }
    func rename(_ id: InstanceID, to hostName: String) async throws { try await inner.rename(id, to: hostName) }
    func check(_ rules: [PortRule]) throws { if network == nil { try inner.check(rules) } }
    func setPublicAccess(_ access: PublicAccess) async throws {
        guard network != nil else { return try await inner.setPublicAccess(access) }
        state.withLock { state in
            let others = state.network?.filter { $0.value.instance != access.instance } ?? [:]
            state.network = others.merging([access.address: access]) { $1 }
        }
    }
    func reach() async throws -> PublicReach? {
        guard let network else { return nil }
        @Sendable func ways(_ access: PublicAccess) -> Set<String> {
            [access.address, "\(access.rules.map(\.label).sorted())"]
        }
        return PublicReach(
            ways: network.values.reduce(into: [:]) { $0[$1.instance, default: []].formUnion(ways($1)) }, expected: ways)
    }
    func leftovers() async throws -> Set<InstanceID> { Set(network?.values.map(\.instance) ?? []) }

    /// From now on machines have public addresses and a firewall, as far as it says.
    func giveNetwork() { state.withLock { $0.network = $0.network ?? [:] } }
    var network: [String: PublicAccess]? { state.withLock { $0.network } }
    /// Somebody changes what reaches machines behind Sloop's back.
    func meddle(_ address: String, _ access: PublicAccess?) { state.withLock { $0.network?[address] = access } }
    func usage() async throws -> [InstanceID: MachineUsage] {
        if let usage = state.withLock({ $0.usage }) { return usage }
        return try await inner.usage()
    }
    /// From now on the machines have used this.
    func set(usage: [InstanceID: MachineUsage]) { state.withLock { $0.usage = usage } }
    func hostKey(of id: InstanceID) async throws -> String? { try await inner.hostKey(of: id) }
    func console(_ id: InstanceID) async throws -> String { try await inner.console(id) }

    func create(_ machine: MachineSpec) async throws {
        var plain = machine
        plain.snapshot = nil
        if network != nil { try await setPublicAccess(PublicAccess(machine)) }
        guard let snapshot = machine.snapshot, try await inner.list()[machine.id] == nil else {
            return try await inner.create(plain)
        }
        guard state.withLock({ $0.snapshots.contains(snapshot) }) else {
            throw SloopError(.notFound, "there is no snapshot \(snapshot)")
        }
        try await inner.create(plain)
        try copy(home(snapshot), to: folder.appending(path: "\(machine.id)/home"))
    }

    func delete(_ id: InstanceID) async throws {
        try await inner.delete(id)
        state.withLock { state in
            state.network = state.network?.filter { $0.value.instance != id }
            for (volume, one) in state.volumes where one.machine == id { state.volumes[volume]?.machine = nil }
        }
    }

    private func home(_ id: SnapshotID) -> URL { folder.appending(path: ".snapshot-\(id)") }

    /// What is in the one folder, in place of what is in the other, whose owner has it then: each machine has a user of
    /// its own.
    private func copy(_ source: URL, to target: URL) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c",
            "owner=$(stat -c %u:%g \"$2\" 2> /dev/null); cp -aT \"$1\" \"$2\" && { [ -z \"$owner\" ] || chown -R \"$owner\" \"$2\"; }",
            "copy", source.path, target.path,
        ]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw SloopError(.notFound, "\(source.path) cannot be copied") }
    }

    struct Volumes: VolumeStore {
        let engine: FakeStorage

        func list() async throws -> [VolumeID: MachineVolume] { engine.state.withLock { $0.volumes } }

        func create(_ id: VolumeID, sizeGB: Int) async throws {
            engine.state.withLock { $0.volumes[id] = $0.volumes[id] ?? MachineVolume(sizeGB: sizeGB) }
        }

        func copy(_ source: VolumeID, to id: VolumeID, sizeGB: Int) async throws {
            try engine.state.withLock { state in
                if state.volumes[id] != nil { return }
                guard state.volumes[source] != nil else { throw SloopError(.notFound, "there is no disk \(source)") }
                state.volumes[id] = MachineVolume(sizeGB: sizeGB)
            }
        }

        func delete(_ id: VolumeID) async throws {
            try engine.state.withLock { state in
                guard state.volumes[id]?.machine == nil else { throw SloopError(.wrongState, "it is attached") }
                state.volumes[id] = nil
            }
        }

        func attach(_ id: VolumeID, to machine: InstanceID, at path: String) async throws {
            let isThere = try await engine.list()[machine] != nil
            try engine.state.withLock { state in
                guard isThere, let volume = state.volumes[id] else { throw SloopError(.notFound, "it is gone") }
                guard volume.machine == nil || volume.machine == machine else {
                    throw SloopError(.wrongState, "it is attached elsewhere")
                }
                state.volumes[id]?.machine = machine
            }
        }

        func detach(_ id: VolumeID, from machine: InstanceID) async throws {
            engine.state.withLock { state in
                if state.volumes[id]?.machine == machine { state.volumes[id]?.machine = nil }
            }
        }
    }

    struct Snapshots: SnapshotStore {
        let engine: FakeStorage

        func list() async throws -> Set<SnapshotID> { engine.state.withLock { $0.snapshots } }

        func take(_ id: SnapshotID, of machine: InstanceID) async throws {
            try add(id, engine.folder.appending(path: "\(machine)/home"))
        }

        func copy(_ source: SnapshotID, to id: SnapshotID) async throws { try add(id, engine.home(source)) }

        func delete(_ id: SnapshotID) async throws {
            engine.state.withLock { _ = $0.snapshots.remove(id) }
            try? FileManager.default.removeItem(at: engine.home(id))
        }

        private func add(_ id: SnapshotID, _ source: URL) throws {
            if engine.state.withLock({ $0.snapshots.contains(id) }) { return }
            try engine.copy(source, to: engine.home(id))
            engine.state.withLock { _ = $0.snapshots.insert(id) }
        }
    }
}
