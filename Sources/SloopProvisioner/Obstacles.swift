package import SloopCatalog
import SloopEngine
import SloopModel

/// What the chosen engine cannot do, in words that can be shown beside what would do it; nil for what it can.
extension Provisioner {
    /// Why machines cannot be made of the blueprint.
    package func obstacle(to blueprint: Blueprint) -> String? {
        if blueprint.requiresMachine && !offersMachines {
            return "Needs a machine of its own, which the engine '\(engineName)' does not make."
        }
        guard world.images != nil else { return nil }
        switch blueprint.image?.source {
        case nil: return "Has no image, which the engine '\(engineName)' needs."
        case .remote: return "Its image is on a server of images, which is not offered."
        default: return nil
        }
    }

    package var obstacleToDisks: String? {
        world.engine.volumes == nil ? "The engine '\(engineName)' has no disks to attach." : nil
    }

    package var obstacleToSnapshots: String? {
        world.engine.snapshots == nil ? "The engine '\(engineName)' makes no snapshots." : nil
    }

    package var obstacleToStaticAddresses: String? {
        guard let place = world.engine.place(slot: 0), world.engine.publicAddress(of: place) == place.address else {
            return nil
        }
        return "The engine '\(engineName)' has no addresses that could move between machines."
    }

    /// Why ports cannot be opened and closed one by one.
    package var obstacleToFirewall: String? {
        do {
            try world.engine.check([.tcp(22)])
            return nil
        } catch let error as SloopError {
            return error.message.prefix(1).uppercased() + error.message.dropFirst() + "."
        } catch {
            return nil
        }
    }
}
