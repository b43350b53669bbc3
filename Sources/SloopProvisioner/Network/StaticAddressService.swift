import SloopCatalog
import SloopEngine
package import SloopModel
import SloopSaga
import SloopStore

/// Public addresses that stay when instances go, and move from one to another.
package struct StaticAddressService: Sendable {
    let world: World
    let catalog: Catalog
    let desk: SagaDesk
    let addresses: AddressPicker

    /// Of one account, as on Lightsail.
    static let limit = 5
    static let patience = Duration.seconds(20)

    /// An address with the instance that it is attached to.
    package struct View: Sendable {
        package let address: StaticAddress
        package let instance: Instance?
    }

    /// Takes a public address for the account.
    ///
    /// Throws `notOffered` on an engine whose machines have no public address of their own.
    package func allocate(_ name: String) async throws -> SloopModel.Operation {
        try ResourceName.check(name)
        let picked = try await addresses.reserve(1)
        do {
            let operation = try await record(name, picked[0])
            await addresses.release(picked.map(\.slot))
            return operation
        } catch {
            await addresses.release(picked.map(\.slot))
            throw error
        }
    }

    private func record(_ name: String, _ picked: (slot: Int, place: MachinePlace)) async throws -> SloopModel.Operation
    {
        let address = world.engine.publicAddress(of: picked.place)
        guard address != picked.place.address else {
            throw SloopError(
                .notOffered, "the engine '\(world.engine.name)' has no addresses that could move between machines",
                tip: "use the engine 'incus', set up with public addresses: scripts/install-incus")
        }
        let now = world.now()
        let slot = picked.slot
        let price = catalog.network.unattachedAddress
        return try await world.store.write { tables in
            let count = try tables.staticAddresses(after: nil, limit: StaticAddressService.limit).count
            guard count < StaticAddressService.limit else {
                throw SloopError(
                    .invalidInput,
                    "Sorry, you've either reached or will exceed your maximum limit of static addresses: "
                        + "\(StaticAddressService.limit)", tip: "release one that you do not need")
            }
            try tables.claim(name: name, type: "StaticIp")
            let made = StaticAddress(
                id: StaticAddressID(), account: try tables.owner(), name: name, addressSlot: slot, address: address,
                createdAt: now)
            try tables.insert(made)
            try tables.billUnattached(made, price: price, at: now)
            return try tables.recordDone("allocate-static-ip", on: name, type: "StaticIp", at: now)
        }
    }

    /// Reaches the instance by the address from now on, and no longer by its own; takes it from another if that has it.
    /// An operation for each of the two.
    package func attach(_ name: String, to instanceName: String) async throws -> [SloopModel.Operation] {
        try await end(of: beginAttaching(name, to: instanceName))
    }

    /// Accepts the change, which is made after the answer.
    func beginAttaching(_ name: String, to instanceName: String) async throws -> SloopModel.Operation {
        try await move(name) { tables, address in
            let instance = try tables.instance(named: instanceName)
            guard instance.state == .running || instance.state == .stopped else {
                throw SloopError(
                    .wrongState, "the instance '\(instanceName)' is \(instance.state.rawValue)",
                    tip: "wait until it is running: sloop instance show \(instanceName)")
            }
            if let other = try tables.staticAddress(of: instance.id), other.id != address.id {
                throw SloopError(
                    .invalidInput, "'\(instanceName)' has a static address already: \(other.name)",
                    tip: "detach that one first")
            }
            return instance.id
        }
    }

    /// Gives the instance its own address back; the static one stays with the account. An operation for each of the two.
    package func detach(_ name: String) async throws -> [SloopModel.Operation] {
        try await end(of: beginDetaching(name))
    }

    func beginDetaching(_ name: String) async throws -> SloopModel.Operation {
        try await move(name) { _, address in
            guard address.instance != nil else {
                throw SloopError(
                    .invalidInput, "the static address '\(name)' is not attached", tip: "see it: GetStaticIp")
            }
            return nil
        }
    }

    private func move(
        _ name: String, _ target: @escaping @Sendable (Tables, StaticAddress) throws -> InstanceID?
    ) async throws -> SloopModel.Operation {
        let now = world.now()
        let operation = try await world.store.write { tables in
            let address = try tables.staticAddress(named: name)
            let to = try target(tables, address)
            let from = try address.instance.flatMap { try tables.find($0) }
            let own = from.map { world.engine.publicAddress(of: MachinePlace(address: $0.address, port: $0.port)) }
            let machines = Set([from?.id, to].compactMap(\.self))
            let partner = try to.map { try tables.find($0) } ?? from
            let operation = try tables.accept(
                to == nil ? MoveStaticAddress.detaching : MoveStaticAddress.attaching,
                MoveStaticAddress.Parameters(address: address.id, from: from?.id, fromOwn: own, to: to),
                of: address.account, on: name, type: "StaticIp", details: partner?.name,
                locks: [Lock.address(address.id)] + machines.map { Lock.instance($0) }, at: now)
            if let partner { _ = try tables.follow(operation, on: partner.name, type: "Instance", details: name) }
            return operation
        }
        await desk.scan()
        return operation
    }

    private func end(of operation: SloopModel.Operation) async throws -> [SloopModel.Operation] {
        let end = try await OperationService(world: world, desk: desk)
            .waitForEnd(operation.id, upTo: StaticAddressService.patience).operation.thrown()
        return try await [end] + world.store.read { try $0.operations(following: end.id) }
    }

    /// Gives the address up. Throws `wrongState` while it is attached.
    package func release(_ name: String) async throws -> SloopModel.Operation {
        let now = world.now()
        return try await world.store.write { tables in
            let address = try tables.staticAddress(named: name)
            if let holder = try tables.holder(of: Lock.address(address.id)) {
                throw SloopError(
                    .busy, "the static address '\(name)' is busy: \(holder.kind) is at work", tip: "try again")
            }
            if let instance = try address.instance.flatMap({ try tables.find($0) }) {
                throw SloopError(
                    .wrongState, "the static address '\(name)' is attached to '\(instance.name)'",
                    tip: "detach it first")
            }
            try tables.endUnattached(address.id, at: now)
            try tables.remove(address)
            return try tables.recordDone("release-static-ip", on: name, type: "StaticIp", at: now)
        }
    }

    package func find(_ name: String) async throws -> View {
        try await world.store.read { try view(try $0.staticAddress(named: name), in: $0) }
    }

    /// Those with names after that one, by name; at most so many.
    package func page(after name: String?, limit: Int) async throws -> [View] {
        try await world.store.read { tables in
            try tables.staticAddresses(after: name, limit: limit).map { try view($0, in: tables) }
        }
    }

    private func view(_ address: StaticAddress, in tables: Tables) throws -> View {
        View(address: address, instance: try address.instance.flatMap { try tables.find($0) })
    }
}
