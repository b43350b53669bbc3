package import SloopCatalog
import SloopEngine
import SloopModel

/// What the chosen engine cannot do, in words that can be shown beside what would do it; nil for what it can.
extension Provisioner {
    /// Why machines cannot be made of the blueprint.
    package func obstacle(to blueprint: Blueprint) -> String? {
        if blueprint.requiresMachine && !offersMachines {
            return "needs a machine of its own, which the engine '\(engineName)' does not make"
        }
        guard world.images != nil, blueprint.image == nil else { return nil }
        return "has no image, which the engine '\(engineName)' needs"
    }

    package var obstacleToDisks: String? {
        world.engine.volumes == nil ? "the engine '\(engineName)' has no disks to attach" : nil
    }

    package var obstacleToSnapshots: String? {
        world.engine.snapshots == nil ? "the engine '\(engineName)' makes no snapshots" : nil
    }

    package var obstacleToStaticAddresses: String? {
        guard let place = world.engine.place(slot: 0), world.engine.publicAddress(of: place) == place.address else {
            return nil
        }
        return "the engine '\(engineName)' has no addresses that could move between machines"
    }

    /// Why ports cannot be opened and closed one by one.
    package var obstacleToFirewall: String? {
        do {
            try world.engine.check([.tcp(22)])
            return nil
        } catch let error as SloopError {
            return error.message
        } catch {
            return nil
        }
    }
}
