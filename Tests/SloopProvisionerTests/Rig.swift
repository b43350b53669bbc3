import Foundation
import Logging
import SloopCatalog
import SloopEngine
import SloopModel
import SloopSaga
import SloopSSH
import SloopStore
import Testing

@testable import SloopProvisioner

extension Provisioner {
    // The services of the account of whoever may open the socket.
    var instances: InstanceService { of(.default).instances }
    var keyPairs: KeyPairService { of(.default).keyPairs }
    var rotations: RotationService { of(.default).rotations }
    var launches: LaunchService { of(.default).launches }
    var images: ImageService { of(.default).images }
    var operations: OperationService { of(.default).operations }
    var disks: DiskService { of(.default).disks }
    var snapshots: SnapshotService { of(.default).snapshots }
    var addOns: AddOnService { of(.default).addOns }
    var costs: CostService { of(.default).costs }
}

extension Trait where Self == ConditionTrait {
    /// For tests with real machines of the local engine.
    static var needsSandbox: Self {
        .enabled(
            if: access("/usr/sbin/sshd", X_OK) == 0 && access("/usr/bin/bwrap", X_OK) == 0,
            "no sshd or bwrap on this machine; install them: apt-get install openssh-server bubblewrap")
    }
}

/// A store, the local engine and the services over them, in a folder of their own. Sagas that are accepted here are
/// recorded and not run: the test runs them.
struct Rig {
    let folder: URL
    /// As the account of the services sees it; ``everything`` is what sagas work with.
    let store: Store
    let everything: Store
    let engine: LocalEngine
    /// The same with disks and snapshots, as the sagas see it.
    let storage: FakeStorage
    let dns = FakeDNS()
    let world: World
    let catalog: Catalog
    let desk: SagaDesk
    let instances: InstanceService
    let rotations: RotationService
    let launches: LaunchService
    let disks: DiskService
    let snapshots: SnapshotService
    /// The user's key pair `laptop`.
    let key = SSHPrivateKey.ed25519(comment: "laptop")

    private init(_ folder: URL) async throws {
        self.folder = folder
        everything = try Store(folder: folder, vault: Vault(folder: folder))
        store = everything.of(.default)
        let machines = folder.appending(path: "machines")
        let logs = folder.appending(path: "launch")
        for one in [machines, logs] {
            try FileManager.default.createDirectory(at: one, withIntermediateDirectories: true)
        }
        engine = try await LocalEngine(folder: machines, installation: Provisioner.installation(everything))
        storage = FakeStorage(engine, folder: machines)
        world = World(store: everything, engine: storage, logs: logs, dns: dns)
        catalog = try Catalog.load(Rig.repository)
        let changes = world.changes
        let log = StoreLog(store: store, now: world.now) { changes.ring(.operation($0)) }
        desk = SagaDesk(
            world: world, log: log, kinds: [], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let mine = world.of(.default)
        instances = InstanceService(world: mine, catalog: catalog, desk: desk, addresses: AddressPicker(world: world))
        rotations = RotationService(world: mine, desk: desk)
        launches = LaunchService(world: mine, desk: desk)
        disks = DiskService(world: mine, catalog: catalog, desk: desk)
        snapshots = SnapshotService(world: mine, catalog: catalog, desk: desk)
        let provisioner = Provisioner(
            world: world, catalog: catalog, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await provisioner.prepare()
        _ = try await provisioner.keyPairs.import("laptop", publicKey: key.publicKey.line)
    }

    static let repository = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Runs the body with a fresh rig, and removes its machines and files whatever happens.
    static func with(in place: URL? = nil, _ body: (Rig) async throws -> Void) async throws {
        let folder = place ?? URL(filePath: "/tmp/sloop-rig-\(UUID().uuidString.prefix(13))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let rig = try await Rig(folder)
        let result: Result<Void, any Error>
        do { result = .success(try await body(rig)) } catch { result = .failure(error) }
        try await rig.cleanUp()
        try result.get()
    }

    private func cleanUp() async throws {
        for id in try await engine.list().keys { try await engine.delete(id) }
        try store.close()
        try FileManager.default.removeItem(at: folder)
    }

    /// Accepts an instance with the user's key pair, to be made.
    func order(_ name: String = "web", script: String? = nil) async throws -> SloopModel.Operation {
        try await instances.create(
            InstanceService.Request(
                names: [name], blueprint: "sandbox", bundle: "nano", keyPair: "laptop", script: script))[0]
    }

    /// Makes an instance, and what it brings with it.
    @discardableResult
    func make(_ name: String = "web", script: String? = nil) async throws -> Instance {
        let operation = try await order(name, script: script)
        try await run(operation.id)
        return try await store.read { try $0.instance(named: name) }
    }

    /// The world of a new process over the same store and machines.
    func heir(_ images: FakeImages? = nil) throws -> World {
        World(
            store: everything, engine: storage, logs: folder.appending(path: "launch"),
            images: try images?.keeper(in: folder), dns: dns)
    }

    /// Runs a recorded saga to its end, undisturbed.
    func run(_ id: OperationID, in other: World? = nil) async throws {
        let world = other ?? world
        let record = try #require(try await store.read { try $0.unfinishedSagas() }.first { $0.id == id })
        let kind = try #require(SagaKind.all.first { $0.name == record.kind })
        let runner = SagaRunner(log: StoreLog(store: store, now: world.now) { _ in })
        _ = try await kind.run(runner, record, world)
    }

    func parameters<Value: Decodable>(_ id: OperationID, as type: Value.Type) async throws -> Value {
        let record = try #require(try await store.read { try $0.unfinishedSagas() }.first { $0.id == id })
        return try JSONDecoder().decode(Value.self, from: Data(record.parameters.utf8))
    }

    /// Whether a real login with that key alone succeeds.
    func opens(_ instance: Instance, _ key: SSHPrivateKey) async throws -> Bool {
        let session = try await SSHSession.connect(to: instance.endpoint(), timeout: .seconds(20))
        do {
            try await session.authenticate(user: instance.username, key: key)
            await session.close()
            return true
        } catch let error as SloopError where error.code == .keyRefused {
            await session.close()
            return false
        }
    }

    /// Runs a command in the machine as Sloop does.
    func shell(_ instance: Instance, _ command: String) async throws -> String {
        try await world.machines.withSession(instance) { try await $0.run(command, timeout: .seconds(20)) }.stdoutText
    }
}

extension Engine {
    /// Whether nobody has that place.
    func isFree(_ place: MachinePlace) async throws -> Bool { try await free(among: [place]).contains(place) }
}
