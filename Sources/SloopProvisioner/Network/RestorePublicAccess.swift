import SloopEngine
import SloopModel
import SloopSaga
import SloopStore

/// Has a machine reached from outside as it is recorded, and not otherwise. Sloop's own: see ``PublicAccessReconciler``.
enum RestorePublicAccess {
    static let saga = Saga<World, Tables, InstanceParameters>(
        "restore-public-access",
        [
            .effect("access") { world, p in
                guard let instance = try await world.store.read({ try $0.find(p.instance) }) else { return }
                try await world.engine.setPublicAccess(instance.publicAccess())
            }
        ])
}
