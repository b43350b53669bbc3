import Foundation
import Logging
import SloopCatalog
import SloopEngine
import SloopModel
import SloopSSH
import SloopStore

/// Keeps machines ready, as many as are wanted of each kind: makes what is missing, and deletes what cannot be handed out.
actor WarmPool {
    private let kinds: [WarmKind]
    private let catalog: Catalog
    private let world: World
    private let instances: InstanceService
    private let logger: Logger
    /// How often in a row it failed, and when it may be tried again: what fails again and again is not to fill the list of
    /// operations.
    private var failures = 0
    private var next: ContinuousClock.Instant

    /// - Parameters:
    ///   - instances: those of ``SloopModel/Account/warm``.
    init(_ kinds: [WarmKind], catalog: Catalog, world: World, instances: InstanceService, logger: Logger) {
        self.kinds = kinds
        self.catalog = catalog
        self.world = world
        self.instances = instances
        self.logger = logger
        next = world.clock.instant
    }

    /// One round: what is missing is begun, and what is too many or too old.
    func round() async {
        do {
            let (rows, locks, takers) = try await world.store.read { tables in
                let rows = try tables.instances()
                let key = try tables.currentAccessKey()?.fingerprint
                // Those that take Sloop's own key of today, and no other.
                let takers = try rows.filter { row in
                    try tables.keys(of: row.id, role: .access).map(\.fingerprint) == [key]
                }
                return (rows, try tables.heldLocks(), Set(takers.map(\.id)))
            }
            if rows.isEmpty && kinds.isEmpty { return }
            var missing = try kinds.map { kind in
                (
                    kind: kind, blueprint: try catalog.blueprint(kind.blueprint).id, recipe: try recipe(kind),
                    count: kind.count
                )
            }
            var spare: [String] = []
            for row in rows {
                let isBusy = locks.contains(Lock.instance(row.id))
                let index = missing.firstIndex {
                    $0.recipe == row.bundle && $0.blueprint == row.blueprint && $0.count > 0
                }
                if let index, takers.contains(row.id), [.running, .pending].contains(row.state) {
                    missing[index].count -= 1
                } else if !isBusy {
                    spare.append(row.name)
                }
            }
            guard !spare.isEmpty || missing.contains(where: { $0.count > 0 }) else { return failures = 0 }
            let hasFailed = try await world.store.read { try $0.operations(limit: 1).first?.status == .failed }
            guard !hasFailed || world.clock.instant >= next else { return }
            failures = hasFailed ? failures + 1 : 0
            next = world.clock.instant + min(.seconds(5) * (1 << min(failures, 6)), .seconds(300))
            for name in spare { _ = try? await instances.delete(name) }
            for one in missing { for _ in 0..<one.count { try await instances.keepReady(one.kind, one.recipe) } }
        } catch is CancellationError {
        } catch {
            logger.error("machines could not be kept ready", metadata: ["error": "\(error)"])
        }
    }

    /// How many machines of each kind could be handed out now.
    func stock() async throws -> [(kind: WarmKind, ready: Int)] {
        let wanted = try kinds.map { ($0, try catalog.blueprint($0.blueprint).id, try recipe($0)) }
        return try await world.store.read { tables in
            try wanted.map { ($0, try tables.warmInstances($1, madeBy: $2)) }
        }
    }

    private func recipe(_ kind: WarmKind) throws -> String {
        WarmKind.recipe(image: try world.images?.image(of: kind.blueprint)?.name, try catalog.plan(kind.plan))
    }
}

extension InstanceService {
    /// Accepts a machine that nobody has asked for yet: no key of a user's, no open port, no bill.
    fileprivate func keepReady(_ kind: WarmKind, _ recipe: String) async throws {
        let (plan, blueprint) = (try catalog.plan(kind.plan), try catalog.blueprint(kind.blueprint))
        let image = try world.images?.image(of: blueprint.id)
        let picked = try await addresses.reserve(1)
        do {
            let now = world.now()
            let name = "warm-\(InstanceID().value.prefix(8))"
            let drafts = picked.map { draft(name, $0, image: image, snapshot: nil) }
            try await world.store.write { tables in
                for draft in drafts { try tables.acceptWarm(draft, plan, blueprint, madeBy: recipe, at: now) }
            }
            await addresses.release(picked.map(\.slot))
            await desk.scan()
        } catch {
            await addresses.release(picked.map(\.slot))
            throw error
        }
    }
}

extension Tables {
    fileprivate func acceptWarm(
        _ draft: Draft, _ plan: Plan, _ blueprint: Blueprint, madeBy recipe: String, at time: Date
    ) throws {
        try ensure(.warm, at: time)
        try claim(name: draft.name, type: "Instance")
        let instance = Instance(
            id: draft.id, account: try owner(), name: draft.name, state: .pending, blueprint: blueprint.id,
            plan: plan.id, bundle: recipe, monthlyPrice: plan.monthlyPrice, addressSlot: draft.slot,
            address: draft.place.address, publicAddress: draft.publicAddress, port: draft.place.port,
            username: blueprint.username, keyPair: nil, tags: [:], hostKey: draft.hostKey.publicKey.line, ports: [],
            createdAt: time)
        try insert(instance)
        try plantKeys(draft)
        _ = try accept(
            CreateInstance.saga, CreateInstance.Parameters(draft, launch: nil, plan, blueprint), of: owner(),
            on: draft.name, locks: [Lock.instance(draft.id)], at: time)
    }
}
