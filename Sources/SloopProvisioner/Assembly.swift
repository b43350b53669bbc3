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
    package init(state: URL, engine: EngineChoice, catalog: URL?, notify: String? = nil, logger: Logger) async throws {
        if let notify, access(notify, X_OK) != 0 {
            throw SloopError(
                .invalidInput, "\(notify) is no program that can be run",
                tip: "give its path: sloop serve --notify PROGRAM")
        }
        let catalog = try Catalog.load(Catalog.locate(catalog))
        let folder = try StateFolder(state)
        self.folder = folder
        let store = try Store(folder: state, vault: Vault(folder: state))
        installation = try await Provisioner.installation(store)
        let machines = try await engine.open(folder, installation: installation)
        let images = try machines.images.map { store in
            ImageKeeper(catalog: catalog, store: store, folder: try folder.folder("images"))
        }
        let world = World(store: store, engine: machines, logs: try folder.folder("launch"), images: images)
        provisioner = Provisioner(world: world, catalog: catalog, notify: notify, logger: logger)
        try await provisioner.prepare()
    }

    /// Gives the folder back; for the end of the server.
    package func close() throws { try provisioner.world.store.close() }
}

extension Assembly.EngineChoice {
    fileprivate func open(_ folder: StateFolder, installation: String) async throws -> any Engine {
        func local() throws -> any Engine {
            try LocalEngine(folder: folder.folder("machines"), installation: installation)
        }
        switch self {
        case .local: return try local()
        case .incus: return try await IncusEngine(.standard, installation: installation)
        case .auto:
            guard IncusServer.standard.isThere else { return try local() }
            return try await IncusEngine(.standard, installation: installation)
        }
    }
}
