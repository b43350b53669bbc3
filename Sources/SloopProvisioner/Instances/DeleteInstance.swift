import SloopEngine
import SloopModel
import SloopSaga
import SloopStore

/// Deletes the machine, and then everything that Sloop knows of it except its bill and its operations.
enum DeleteInstance {
    static let saga = Saga<World, Tables, InstanceParameters>(
        "delete-instance",
        [
            .effect("machine") { world, p in
                await world.machines.drop(p.instance)
                try await world.engine.delete(p.instance)
            },
            .effect("logs") { world, p in
                let runs = try await world.store.read { try $0.runs(of: p.instance) }
                for run in runs { try world.logs.remove(run.id) }
            },
        ],
        atEnd: { tables, p, end in
            let now = tables.now
            switch end {
            case .succeeded:
                try tables.endBill(of: p.instance.value, at: now)
                try tables.forget(secret: SecretName.hostKey(p.instance))
                try tables.supersedeTargets(of: p.instance, why: "the instance was deleted", at: now)
                try tables.deleteAutomaticSnapshots(of: p.instance.value, at: now)
                let address = try tables.staticAddress(of: p.instance)
                try tables.remove(p.instance)
                // It stays, and is attached to nothing from now on.
                if let address { try tables.billUnattached(address, at: now) }
                try tables.forgetUnusedAccessKeys()
            case .undone(_, let why), .stuck(_, let why):
                try tables.change(p.instance) { instance in
                    instance.state = .error
                    instance.stateReason = "could not be deleted: \(why)"
                }
            }
        })
}
