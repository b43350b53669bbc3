package import Foundation
package import Logging
import SloopCatalog
import SloopEngine
import SloopModel
import SloopStore

/// What a server is started with.
package struct Assembly: Sendable {
    package let provisioner: Provisioner
    package let installation: String
    private let folder: StateFolder

    /// Which engine makes the machines.
    package enum EngineChoice: String, Sendable, CaseIterable {
        case local, incus
        /// The best that this machine has.
        case auto
    }

    /// Takes the state folder, opens what is in it and puts all together; nothing runs yet.
    ///
    /// Throws before anything is changed if the catalog has a fault, the folder belongs to another server, or the
    /// store cannot be used.
    package init(state: URL, engine: EngineChoice, catalog: URL?, logger: Logger) async throws {
        let catalog = try Catalog.load(Catalog.locate(catalog))
        guard engine != .incus else {
            throw SloopError(
                .notOffered, "the engine 'incus' is not in this sloop yet", tip: "use: sloop serve --engine local")
        }
        folder = try StateFolder(state)
        let store = try Store(folder: state, vault: Vault(folder: state))
        installation = try await Provisioner.installation(store)
        let machines = try LocalEngine(folder: folder.folder("machines"), installation: installation)
        let world = World(store: store, engine: machines, logs: try folder.folder("launch"))
        provisioner = Provisioner(world: world, catalog: catalog, logger: logger)
        try await provisioner.prepare()
    }

    /// Gives the folder back; for the end of the server.
    package func close() throws { try provisioner.world.store.close() }
}
