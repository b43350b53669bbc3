import Foundation
package import SloopCatalog
import SloopEngine
package import SloopModel
import SloopSSH
import SloopSaga
import SloopStore

/// The instances: what a user may do with them.
package struct InstanceService: Sendable {
    let world: World
    let catalog: Catalog
    let desk: SagaDesk
    let addresses: AddressPicker

    /// What a user asks for.
    package struct Request: Sendable {
        package var names: [String]
        package var blueprint: String
        /// The id of a plan, or Lightsail's id of its bundle.
        package var bundle: String
        package var keyPair: String?
        package var script: String?
        package var tags: [String: String]
        /// The letter of the availability zone.
        package var zone: String
        /// `dualstack` or `ipv4`.
        package var ipAddressType: String
        /// What the instances are made from, in place of a blueprint, which is then that of the snapshot's source.
        package var snapshot: SnapshotChoice?
        /// The hour (UTC) of automatic snapshots; nil for none.
        package var snapshotHour: Int?

        /// - Parameter keyPair: nil for the default one, or that of the snapshot's source.
        package init(
            names: [String], blueprint: String, bundle: String, keyPair: String? = nil, script: String? = nil,
            tags: [String: String] = [:], zone: String = "a", ipAddressType: String = "dualstack",
            snapshot: SnapshotChoice? = nil, snapshotHour: Int? = nil
        ) {
            self.names = names
            self.blueprint = blueprint
            self.bundle = bundle
            self.keyPair = keyPair
            self.script = script
            self.tags = tags
            self.zone = zone
            self.ipAddressType = ipAddressType
            self.snapshot = snapshot
            self.snapshotHour = snapshotHour
        }
    }

    /// An instance with what belongs to it.
    package struct View: Sendable {
        package let instance: Instance
        package let launch: LaunchRun?
        package let openTargets: [RotationTarget]
        package let blueprint: Blueprint?
        /// Whether its public address is one that stays with the account.
        package let hasStaticAddress: Bool
        /// Those that are attached, besides its own, by name.
        package let disks: [Disk]
        package let addOn: AutoSnapshotAddOn?
    }

    /// Accepts all of the instances or none; an operation for each. The machines are made after the answer.
    package func create(_ request: Request) async throws -> [SloopModel.Operation] {
        let plan = try catalog.plan(request.bundle)
        if request.snapshot != nil || request.snapshotHour != nil { _ = try world.snapshots() }
        let snapshot = try await source(of: request, for: plan)
        let blueprint = try catalog.blueprint(snapshot?.origin?.blueprint ?? request.blueprint)
        try check(request, blueprint)
        let script = try request.script.flatMap { $0.isEmpty ? nil : try LaunchScript($0) }
        let image = try snapshot == nil ? world.images?.image(of: blueprint.id) : nil
        let picked = try await addresses.reserve(request.names.count)
        do {
            let now = world.now()
            let drafts = zip(request.names, picked).map { draft($0, $1, image: image, snapshot: snapshot) }
            let operations = try await world.store.write { tables in
                try drafts.map { draft in
                    try tables.accept(draft, request, plan, blueprint, script, at: now)
                }
            }
            await addresses.release(picked.map(\.slot))
            await desk.scan()
            return operations
        } catch {
            await addresses.release(picked.map(\.slot))
            throw error
        }
    }

    func draft(
        _ name: String, _ picked: (slot: Int, place: MachinePlace), image: (name: String, hasFirstBoot: Bool)?,
        snapshot: Snapshot?
    ) -> Draft {
        Draft(
            name: name, slot: picked.slot, place: picked.place,
            publicAddress: world.engine.publicAddress(of: picked.place), image: image?.name, snapshot: snapshot,
            hasFirstBoot: image?.hasFirstBoot ?? false, hostKey: .ed25519(comment: name))
    }

    private func source(of request: Request, for plan: Plan) async throws -> Snapshot? {
        guard let choice = request.snapshot else { return nil }
        let snapshot = try await world.store.read { try $0.snapshot(choice, .instance) }
        guard plan.diskGB >= snapshot.sizeGB else {
            throw SloopError(
                .invalidInput,
                "the plan '\(plan.id)' has a disk of \(plan.diskGB) GB, and the snapshot '\(snapshot.label)' is of one of "
                    + "\(snapshot.sizeGB) GB", tip: "choose a larger plan; see: sloop plan list")
        }
        return snapshot
    }

    private func check(_ request: Request, _ blueprint: Blueprint) throws {
        guard !request.names.isEmpty else {
            throw SloopError(.invalidInput, "no instance name was given", tip: "give at least one")
        }
        for name in request.names { try ResourceName.check(name) }
        if let twice = request.names.first(where: { name in request.names.count { $0 == name } > 1 }) {
            throw SloopError(.invalidInput, "the name '\(twice)' is given twice", tip: "give each instance its own")
        }
        try Tags.check(request.tags)
        try IPAddressType.check(request.ipAddressType)
        if blueprint.requiresMachine && !world.engine.offersMachines {
            throw SloopError(
                .notOffered,
                "the blueprint '\(blueprint.id)' needs a machine of its own, which the engine "
                    + "'\(world.engine.name)' does not make; it is for the engine 'incus'",
                tip: "choose one that needs none: "
                    + catalog.blueprints.filter { !$0.requiresMachine }.map(\.id).joined(separator: ", "))
        }
        if world.images != nil && blueprint.image == nil {
            throw SloopError(
                .notOffered,
                "the blueprint '\(blueprint.id)' has no image, which the engine '\(world.engine.name)' needs",
                tip: "choose one that has: "
                    + catalog.blueprints.filter { $0.image != nil }.map(\.id).joined(separator: ", "))
        }
    }

    /// Stops a running instance.
    package func stop(_ name: String) async throws -> SloopModel.Operation {
        try await power(name, StopInstance.saga, from: [.running, .error], to: .stopping)
    }

    /// Starts a stopped instance.
    package func start(_ name: String) async throws -> SloopModel.Operation {
        try await power(name, StartInstance.saga, from: [.stopped, .error], to: .pending)
    }

    /// Stops and starts a running instance.
    package func reboot(_ name: String) async throws -> SloopModel.Operation {
        try await power(name, RebootInstance.saga, from: [.running, .error], to: .pending)
    }

    /// Deletes the instance in whatever state it is, unless another operation works on it.
    package func delete(_ name: String) async throws -> SloopModel.Operation {
        try await power(name, DeleteInstance.saga, from: Instance.State.allCases, to: .deleting)
    }

    private func power(
        _ name: String, _ saga: Saga<World, Tables, InstanceParameters>, from states: [Instance.State],
        to state: Instance.State
    ) async throws -> SloopModel.Operation {
        let now = world.now()
        let operation = try await world.store.write { tables in
            let instance = try tables.instance(named: name)
            // First, so that a busy instance is called busy whatever its state.
            let operation = try tables.accept(
                saga, InstanceParameters(instance: instance.id), of: instance.account, on: name,
                locks: [Lock.instance(instance.id)], at: now)
            guard states.contains(instance.state) else {
                throw SloopError(
                    .wrongState, "the instance '\(name)' is \(instance.state.rawValue)",
                    tip: "see it with: sloop instance show \(name)")
            }
            try tables.settle(instance.id, as: state)
            if state == .deleting { try tables.followDetaching(operation, from: instance) }
            return operation
        }
        await desk.scan()
        return operation
    }

    package func find(_ name: String) async throws -> View {
        try await world.store.read { try view(try $0.instance(named: name), in: $0) }
    }

    /// Those with names after that one, by name: one more than a page has, without what clients of Lightsail do not see.
    package func page(after name: String?, limit: Int) async throws -> [View] {
        try await world.store.read { tables in
            let instances = try tables.instances(after: name, limit: limit)
            let disks = try tables.attachedDisks()
            let addOns = try tables.addOns(.instance)
            let fixed = try tables.instancesWithStaticAddress()
            return instances.map { instance in
                View(
                    instance: instance, launch: nil, openTargets: [],
                    blueprint: try? catalog.blueprint(instance.blueprint),
                    hasStaticAddress: fixed.contains(instance.id), disks: disks[instance.id] ?? [],
                    addOn: addOns[instance.id.value])
            }
        }
    }

    /// Records what type of addresses the client wants to see.
    package func setIPAddressType(_ type: String, of name: String) async throws -> SloopModel.Operation {
        try IPAddressType.check(type)
        let now = world.now()
        return try await world.store.write { tables in
            let instance = try tables.instance(named: name)
            try tables.change(instance.id) { $0.ipAddressType = type }
            return try tables.recordDone("set-ip-address-type", on: name, type: "Instance", at: now)
        }
    }

    /// Deletes the instance and waits for the end of it, as Lightsail's clients expect; at most so long. Before its own
    /// operation come those of the disks that it loses.
    package func deleteAndWait(_ name: String, upTo limit: Duration) async throws -> [SloopModel.Operation] {
        let operation = try await delete(name)
        let operations = OperationService(world: world, desk: desk)
        let end = try await operations.waitForEnd(operation.id, upTo: limit).operation
        return try await world.store.read { try $0.operations(following: operation.id) } + [end]
    }

    /// All of them, by name.
    package func list() async throws -> [View] {
        try await world.store.read { tables in
            let runs = try tables.latestRuns()
            let targets = try Dictionary(grouping: tables.openTargets(), by: \.instance)
            let disks = try tables.attachedDisks()
            let addOns = try tables.addOns(.instance)
            let fixed = try tables.instancesWithStaticAddress()
            return try tables.instances().map { instance in
                View(
                    instance: instance, launch: runs[instance.id], openTargets: targets[instance.id] ?? [],
                    blueprint: try? catalog.blueprint(instance.blueprint),
                    hasStaticAddress: fixed.contains(instance.id), disks: disks[instance.id] ?? [],
                    addOn: addOns[instance.id.value])
            }
        }
    }

    /// A key and certificate for some minutes.
    package func temporaryAccess(to name: String) async throws -> TemporaryAccess {
        try await TemporaryAccess.issue(to: name, in: world)
    }

    private func view(_ instance: Instance, in tables: Tables) throws -> View {
        View(
            instance: instance, launch: try tables.latestRun(of: instance.id),
            openTargets: try tables.openTargets(of: instance.id), blueprint: try? catalog.blueprint(instance.blueprint),
            hasStaticAddress: try tables.staticAddress(of: instance.id) != nil,
            disks: try tables.disks(of: instance.id), addOn: try tables.addOn(of: instance.id.value))
    }
}
