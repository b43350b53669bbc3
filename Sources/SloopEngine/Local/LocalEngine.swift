package import Foundation
package import SloopModel

/// The embedded engine: a machine is OpenSSH's own sshd in a bubblewrap sandbox, on a loopback address of its own.
///
/// It needs no root, no daemon and no image, and is no wall between tenants: a machine has its own files, processes and
/// host name, but shares kernel and network with its host, and the plan's limits are not enforced.
/// Sandboxes outlive the process that started them.
package struct LocalEngine: Engine {
    package let name = "local"
    package let offersMachines = false
    package let images: (any ImageStore)? = nil
    package let volumes: (any VolumeStore)? = nil
    package let snapshots: (any SnapshotStore)? = nil

    private let folder: URL
    private let places: LoopbackPlaces
    private let tools: SandboxTools
    private let turns = MachineTurns()

    /// - Parameters:
    ///   - folder: holds a folder for each machine.
    ///   - installation: the id of this Sloop, by which two of them on one computer use different addresses.
    ///
    /// Throws `notOffered` that says what is missing on this computer.
    package init(folder: URL, installation: String) throws {
        self.folder = folder
        places = LoopbackPlaces(installation: installation)
        tools = try SandboxTools()
        // What a predecessor was making or removing when it was killed.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        where name.hasPrefix(".gone-") || name.hasPrefix(".new-") {
            try? MachineFolder.removeTree(folder.appending(path: name).path)
        }
    }

    package func place(slot: Int) -> MachinePlace? { places.place(slot: slot) }

    package func publicAddress(of place: MachinePlace) -> String { place.address }

    package func free(among places: [MachinePlace]) async -> Set<MachinePlace> {
        Set(places.filter(self.places.isFree))
    }

    package func create(_ machine: MachineSpec) async throws {
        guard LoopbackPlaces.isLoopback(machine.place.address) else {
            throw SloopError(.invalidInput, "\(machine.place.address) is no address of the local engine")
        }
        guard machine.snapshot == nil else {
            throw SloopError(
                .notOffered, "the engine 'local' makes no machines from snapshots; it is for the engine 'incus'")
        }
        try await turns.after(machine.id) {
            let owner = MachineFolder.Owner(uid: tools.uid(for: machine.place), isServer: tools.setpriv == nil)
            try MachineFolder.make(machine, in: folder, owner: owner, web: places.webPort)
        }
    }

    package func start(_ id: InstanceID) async throws {
        try await turns.after(id) { try Sandbox(try machine(id), tools: tools).start() }
    }

    package func stop(_ id: InstanceID) async throws {
        try await turns.after(id) { try Sandbox(try machine(id), tools: tools).stop() }
    }

    package func delete(_ id: InstanceID) async throws {
        try await turns.after(id) {
            let path = MachineFolder.path(id, in: folder)
            guard FileManager.default.fileExists(atPath: path) else { return }
            try Sandbox.end(path)
            let gone = folder.appending(path: ".gone-\(id)").path
            try? MachineFolder.removeTree(gone)
            guard Foundation.rename(path, gone) == 0 else { throw SloopError.system("remove \(path)") }
            try MachineFolder.removeTree(gone)
        }
    }

    /// A sandbox has its host name from its start on: it is started anew.
    package func rename(_ id: InstanceID, to hostName: String) async throws {
        try await turns.after(id) {
            if try machine(id).settings.hostName != hostName {
                try Sandbox(try machine(id), tools: tools).stop()
                try machine(id).rename(to: hostName)
            }
            try Sandbox(try machine(id), tools: tools).start()
        }
    }

    package func list() async throws -> [InstanceID: MachineState] {
        try await turns.now {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }
            return try names.reduce(into: [:]) { all, name in
                let lock = MachineFolder.path(InstanceID(name), in: folder) + "/lock"
                all[InstanceID(name)] = try LivenessLock.isHeld(lock) ? .running : .stopped
            }
        }
    }

    package func check(_ rules: [PortRule]) throws {
        throw SloopError(
            .notOffered,
            "the engine 'local' has no firewall: every port of a machine can be reached from this computer",
            tip: "use the engine 'incus', which has one")
    }

    /// A machine is always reached at its own address, by every port; there is nothing to set.
    package func setPublicAccess(_ access: PublicAccess) async throws {
        guard access.address != access.place.address else { return }
        throw SloopError(
            .notOffered, "the engine 'local' has no addresses that could move between machines",
            tip: "use the engine 'incus', which has them")
    }

    package func reach() async throws -> PublicReach? { nil }

    package func leftovers() async throws -> Set<InstanceID> { [] }

    package func usage() async throws -> [InstanceID: MachineUsage] {
        let running = try await list().filter { $0.value == .running }.keys
        return try await turns.now {
            let locks = Dictionary(
                uniqueKeysWithValues: running.map { (MachineFolder.path($0, in: folder) + "/lock", $0) })
            let holders = ProcessTree.holders(of: Set(locks.keys))
            let tree = ProcessTree()
            return locks.reduce(into: [:]) { usage, lock in
                let total = tree.total(of: holders[lock.key] ?? [])
                // The plan's processors are not enforced: all of the host's may be used.
                usage[lock.value] = MachineUsage(
                    cpuNanoseconds: total.ticks * (1_000_000_000 / max(1, sysconf(Int32(_SC_CLK_TCK)))),
                    processors: ProcessInfo.processInfo.processorCount,
                    memoryBytes: total.pages * max(1, sysconf(Int32(_SC_PAGESIZE))))
            }
        }
    }

    package func hostKey(of id: InstanceID) async throws -> String? { nil }

    package func console(_ id: InstanceID) async throws -> String {
        try await turns.now { try String(contentsOfFile: machine(id).path + "/log", encoding: .utf8) }
    }

    private func machine(_ id: InstanceID) throws -> MachineFolder {
        guard let machine = try MachineFolder(id, in: folder) else {
            throw SloopError(.notFound, "the engine 'local' has no machine \(id)")
        }
        return machine
    }
}
