import SloopEngine
import SloopModel
import SloopSaga
import SloopStore

/// Attaches a static address to a machine, detaches it, or moves it from one to another.
enum MoveStaticAddress {
    struct Parameters: Codable, Sendable {
        let address: StaticAddressID
        let from: InstanceID?
        /// The public address that the instance has without a static one.
        let fromOwn: String?
        let to: InstanceID?
    }

    static let attaching = saga("attach-static-ip")
    static let detaching = saga("detach-static-ip")

    private static func saga(_ name: String) -> Saga<World, Tables, Parameters> { Saga(name, steps) }

    private static let steps: [Saga<World, Tables, Parameters>.Step] = [
        // The new machine first: the address is never without one while it moves.
        .effect("attach") { world, p in
            try await reach(p.to, at: p.address, world)
        } undo: { world, p in
            try await reach(p.from, at: p.address, world)
            try await reachAsBefore(p.to, world)
        },
        .effect("detach") { world, p in
            guard p.from != p.to, let id = p.from, let own = p.fromOwn,
                let instance = try await world.store.read({ try $0.find(id) })
            else { return }
            try await world.engine.setPublicAccess(instance.publicAccess(at: own))
        } undo: { world, p in
            try await reach(p.from, at: p.address, world)
        },
        .record("moved") { tables, p in
            guard var address = try tables.find(p.address) else { return }
            address.instance = p.to
            try tables.update(address)
            let now = tables.now
            if p.to == nil {
                try tables.billUnattached(address, at: now)
            } else {
                try tables.endUnattached(address.id, at: now)
            }
            if let to = p.to { try tables.change(to) { $0.publicAddress = address.address } }
            if let from = p.from, from != p.to, let own = p.fromOwn {
                try tables.change(from) { $0.publicAddress = own }
            }
        },
    ]

    /// The machine is reached at the static address; nothing happens for none, or for one that is gone.
    private static func reach(_ id: InstanceID?, at address: StaticAddressID, _ world: World) async throws {
        guard
            let (instance, row) = try await world.store.read({ tables in
                try id.flatMap { try tables.find($0) }.map { ($0, try tables.find(address)) }
            }), let row
        else { return }
        try await world.engine.setPublicAccess(instance.publicAccess(at: row.address))
    }

    private static func reachAsBefore(_ id: InstanceID?, _ world: World) async throws {
        guard let id, let instance = try await world.store.read({ try $0.find(id) }) else { return }
        try await world.engine.setPublicAccess(instance.publicAccess())
    }
}
