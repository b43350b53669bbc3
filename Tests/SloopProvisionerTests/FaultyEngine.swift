import SloopEngine
import SloopModel
import Synchronization

/// The local engine, of which single calls can be made to fail.
struct FaultyEngine: Engine {
    enum Call: Hashable { case create, start, stop, delete, list, open, reach, console, rename }

    private final class Faults: Sendable {
        let calls = Mutex<Set<Call>>([])
        let hang = Mutex<String?>(nil)
    }

    private let inner: any Engine
    private let faults = Faults()

    init(_ inner: any Engine) { self.inner = inner }

    var name: String { inner.name }
    var offersMachines: Bool { inner.offersMachines }
    var images: (any ImageStore)? { inner.images }
    var volumes: (any VolumeStore)? { inner.volumes }
    var snapshots: (any SnapshotStore)? { inner.snapshots }

    /// From now on these calls fail, and no others.
    func fail(_ calls: Call...) { faults.calls.withLock { $0 = Set(calls) } }

    /// From now on machines that are started do not come up, and have this on their console; nil for those that do.
    func hang(console: String?) { faults.hang.withLock { $0 = console } }

    private func pass(_ call: Call) throws {
        guard faults.calls.withLock({ $0.contains(call) }) else { return }
        throw SloopError(.operationFailed, "the engine was made to fail at \(call)")
    }

    func place(slot: Int) -> MachinePlace? { inner.place(slot: slot) }
    func publicAddress(of place: MachinePlace) -> String { inner.publicAddress(of: place) }
    func free(among places: [MachinePlace]) async throws -> Set<MachinePlace> {
        try await inner.free(among: places)
    }

    func create(_ machine: MachineSpec) async throws {
        try pass(.create)
        try await inner.create(machine)
    }

    func start(_ id: InstanceID) async throws {
        try pass(.start)
        if faults.hang.withLock({ $0 }) != nil { return }
        try await inner.start(id)
    }

    func stop(_ id: InstanceID) async throws {
        try pass(.stop)
        try await inner.stop(id)
    }

    func delete(_ id: InstanceID) async throws {
        try pass(.delete)
        try await inner.delete(id)
    }

    func list() async throws -> [InstanceID: MachineState] {
        try pass(.list)
        return try await inner.list()
    }

    func rename(_ id: InstanceID, to hostName: String) async throws {
        try pass(.rename)
        try await inner.rename(id, to: hostName)
    }
    func check(_ rules: [PortRule]) throws { try inner.check(rules) }
    func setPublicAccess(_ access: PublicAccess) async throws {
        try pass(.open)
        try await inner.setPublicAccess(access)
    }
    func reach() async throws -> PublicReach? {
        try pass(.reach)
        return try await inner.reach()
    }
    func leftovers() async throws -> Set<InstanceID> { try await inner.leftovers() }
    func usage() async throws -> [InstanceID: MachineUsage] { try await inner.usage() }
    func hostKey(of id: InstanceID) async throws -> String? { try await inner.hostKey(of: id) }
    func console(_ id: InstanceID) async throws -> String {
        try pass(.console)
        if let console = faults.hang.withLock({ $0 }) { return console }
        return try await inner.console(id)
    }
}
