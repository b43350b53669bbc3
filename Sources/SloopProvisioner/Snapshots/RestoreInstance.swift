import SloopEngine
import SloopModel
import SloopSaga
import SloopStore

/// Makes the machine of an instance from a snapshot. Its row, keys and address are already recorded.
///
/// Keys that are not in use any more come back with a snapshot: until they are gone, nobody outside can reach the machine.
enum RestoreInstance {
    typealias Parameters = CreateInstance.Parameters

    static let saga = Saga<World, Tables, Parameters>(
        "create-instances-from-snapshot",
        [
            .effect("machine") { world, p in
                var machine = try await CreateInstance.spec(p, in: world)
                machine.ports = []
                try await world.engine.create(machine)
            } undo: { world, p in
                await world.machines.drop(p.instance)
                try await world.engine.delete(p.instance)
            },
            .effect("boot") { world, p in
                try await world.engine.start(p.instance)
            } recording: { tables, p in
                try tables.change(p.instance) { $0.runningAt = tables.now }
            },
            .effect("ssh") { world, p in
                try await world.waitForLogin(p.instance)
            } recording: { tables, p in
                try tables.change(p.instance) { $0.reachableAt = tables.now }
            },
            .exchangeKeys,
            .effect("ports") { world, p in
                try await world.engine.setPublicAccess(try await world.instance(p.instance).publicAccess())
            } recording: { tables, p in
                try tables.change(p.instance) { $0.state = .running }
            },
        ],
        atEnd: CreateInstance.end)
}
