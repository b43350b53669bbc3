package import Foundation
package import Logging
package import SloopCatalog
import SloopEngine
package import SloopModel
import SloopSSH
package import SloopStore

/// All of what Sloop does, without a wire: one service a noun over one store and one engine.
package final class Provisioner: Sendable {
    package let world: World
    package let catalog: Catalog
    /// For whoever runs the server.
    package let accessKeys: APIAccessKeyService
    /// Who is signed in to the console.
    package let consoleSessions: ConsoleSessionService
    private let desk: SagaDesk
    private let reconciler: Reconciler
    private let storage: StorageReconciler
    private let domains: DomainReconciler
    private let publicAccess: PublicAccessReconciler
    private let autoSnapshots: AutoSnapshots
    private let logger: Logger
    private let addresses: AddressPicker
    private let notifier: Notifier
    private let meter: Meter
    private let pool: WarmPool
    private let terminals = OpenTerminals()

    /// `local` or `incus`.
    package var engineName: String { world.engine.name }
    /// Whether blueprints that need a machine can be had.
    package var offersMachines: Bool { world.engine.offersMachines }

    /// Nothing is done before ``prepare()`` and ``start()``.
    package init(
        world: World, catalog: Catalog, grace: Duration = .seconds(60), notify program: String? = nil,
        warm: [WarmKind] = [], logger: Logger
    ) {
        self.world = world
        self.catalog = catalog
        let changes = world.changes
        let log = StoreLog(store: world.store, now: world.now) { changes.ring(.operation($0)) }
        desk = SagaDesk(world: world, log: log, kinds: SagaKind.all, logger: logger)
        reconciler = Reconciler(world: world, desk: desk, grace: grace, logger: logger)
        notifier = Notifier(program: program, logger: logger)
        meter = Meter(world: world, notifier: notifier, logger: logger)
        storage = StorageReconciler(world: world, grace: grace, logger: logger)
        publicAccess = PublicAccessReconciler(world: world, desk: desk, logger: logger)
        domains = DomainReconciler(world: world, desk: desk, grace: grace, logger: logger)
        autoSnapshots = AutoSnapshots(world: world, catalog: catalog, logger: logger)
        self.logger = logger
        addresses = AddressPicker(world: world)
        accessKeys = APIAccessKeyService(world: world, ring: APIAccessKeyRing())
        consoleSessions = ConsoleSessionService(world: world)
        let mine = world.of(.warm)
        pool = WarmPool(
            warm, catalog: catalog, world: mine,
            instances: InstanceService(world: mine, catalog: catalog, desk: desk, addresses: addresses), logger: logger)
    }

    /// Rings whenever something was recorded that clients may see.
    package var changes: Changes { world.changes }

    /// The time, as everything here knows it.
    package var now: Date { world.now() }

    /// What Sloop does for that account.
    package func of(_ account: Account) -> AccountServices {
        AccountServices(
            world: world.of(account), catalog: catalog, desk: desk, addresses: addresses, notifier: notifier,
            terminals: terminals)
    }

    /// Makes Sloop's own keys on the first start, and takes those of the API into memory.
    package func prepare() async throws {
        try await AfterRestore.settle(world.store)
        let now = world.now()
        try await world.store.write { tables in
            if try tables.currentAccessKey() == nil {
                let key = SSHPrivateKey.ed25519(comment: "sloop-access")
                try tables.set(secret: SecretName.access(key.publicKey.fingerprint), to: key.openSSH)
                try tables.setCurrent(
                    AccessKey(
                        fingerprint: key.publicKey.fingerprint, publicKey: key.publicKey.line, isCurrent: true,
                        createdAt: now))
            }
            if try tables.secret(SecretName.authority) == nil {
                let key = SSHPrivateKey.ed25519(comment: "sloop-certificate-authority")
                try tables.set(secret: SecretName.authority, to: key.openSSH)
            }
        }
        try await accessKeys.load()
    }

    /// Takes up what a predecessor left unfinished.
    package func start() async {
        await desk.scan()
        await reconcile()
    }

    /// Compares what is recorded with what is there, and begins what is due; called again and again.
    package func reconcile() async {
        await closeStaleTerminals()
        await trying("automatic snapshots could not be begun") { try await autoSnapshots.round() }
        await trying("disks and snapshots could not be looked after") { try await storage.round() }
        await reconciler.round()
        await trying("what reaches the machines could not be looked after") { try await publicAccess.round() }
        do { try await domains.round() } catch is CancellationError {
        } catch {
            logger.error("domains could not be looked after", metadata: ["error": "\(error)"])
        }
        await pool.round()
        // What cannot be written down now is no loss.
        try? await accessKeys.noteUses()
    }

    /// What fails in one part of a round must not keep the others from theirs.
    private func trying(_ what: String, _ body: () async throws -> Void) async {
        do { try await body() } catch is CancellationError {} catch {
            logger.error("\(what)", metadata: ["error": "\(error)"])
        }
    }

    /// What was of this installation at the last look, and was never recorded here.
    package func unclaimed() async -> [Unclaimed] {
        let machines = await reconciler.unclaimed.map { Unclaimed(kind: .machine, id: $0.value) }
        return await storage.unclaimed.union(machines).union(domains.unclaimed).sorted()
    }

    /// How many machines of each kind that is kept ready could be handed out now.
    package func warmStock() async throws -> [(kind: WarmKind, ready: Int)] { try await pool.stock() }

    /// Closes the terminals that nobody uses, or may use: also called when somebody signs out.
    package func closeStaleTerminals() async { await terminals.sweep(world.store) }

    /// Measures the machines and judges the alarms, if it is time to; called again and again.
    package func measure() async { await meter.round() }

    /// Stops all work where it is; the next start goes on with it.
    package func stop() async {
        await terminals.closeAll()
        await desk.close()
    }

    /// The id of this installation, which every object of an engine carries; made on the first call.
    package static func installation(_ store: Store) async throws -> String {
        try await store.write { tables in
            if let id = try tables.setting("installation") { return id }
            let id = UUID().uuidString.lowercased()
            try tables.set(setting: "installation", to: id)
            return id
        }
    }
}
