import SloopEngine
import SloopModel
import SloopSaga
import SloopStore

/// Makes a machine that was kept ready the one of an instance whose row, keys and address are recorded.
///
/// It runs and lets Sloop in. It has another name, no key of a user's, and no port that is open to the outside.
enum ClaimWarm {
    typealias Parameters = CreateInstance.Parameters

    static let saga = Saga<World, Tables, Parameters>(
        "create-instance.warm",
        [
            .effect("name") { world, p in
                try await world.engine.rename(p.instance, to: try await world.instance(p.instance).hostName)
            } undo: { world, p in
                await world.machines.drop(p.instance)
                try await world.engine.delete(p.instance)
            },
            .effect("ssh") { world, p in
                // Whether Sloop gets in, the next step shows.
                let instance = try await world.instance(p.instance)
                try await world.network.waitForSSH(instance.address, port: instance.port, timeout: world.bootPatience)
            } recording: { tables, p in
                try tables.change(p.instance) { $0.runningAt = tables.now }
            },
            .exchangeKeys,
            .effect("ports") { world, p in
                try await world.engine.setPublicAccess(try await world.instance(p.instance).publicAccess())
            } recording: { tables, p in
                try tables.change(p.instance) { instance in
                    instance.reachableAt = tables.now
                    instance.state = .running
                }
            },
        ],
        atEnd: CreateInstance.end)
}
