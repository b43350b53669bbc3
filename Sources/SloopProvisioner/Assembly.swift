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

    /// Which Incus makes them, and how.
    package struct IncusChoice: Sendable {
        /// `https://HOST:PORT`; nil for the daemon of this computer.
        package var url: String?
        /// Files in PEM: our certificate, its private key, and the certificate that Incus shows.
        package var certificate = ""
        package var key = ""
        package var serverCertificate = ""
        /// Whether machines that are made from now on reach each other.
        package var isNetworkOpen = false

        package init() {}

        fileprivate var server: IncusServer {
            get throws {
                guard let url else { return .standard }
                return try IncusServer(
                    url: url, certificate: certificate, key: key, serverCertificate: serverCertificate)
            }
        }
    }

    /// Takes the state folder, opens what is in it and puts all together; nothing runs yet.
    ///
    /// Throws before anything is changed if the catalog has a fault, the folder belongs to another server, or the
    /// store cannot be used.
    package init(
        state: URL, engine: EngineChoice, incus: IncusChoice = IncusChoice(), catalog: URL?, notify: String? = nil,
        dns choice: DNSChoice? = nil, aliases: [String] = [], warm: [WarmKind] = [], logger: Logger
    ) async throws {
        if let notify, access(notify, X_OK) != 0 {
            throw SloopError(
                .invalidInput, "\(notify) is no program that can be run",
                tip: "give its path: sloop serve --notify PROGRAM")
        }
        let catalog = try Catalog.load(Catalog.locate(catalog)).adding(aliases: aliases)
        for kind in warm { try kind.check(catalog) }
        let folder = try StateFolder(state)
        self.folder = folder
        let store = try Store(folder: state, vault: Vault(folder: state))
        installation = try await Provisioner.installation(store)
        let machines = try await engine.open(folder, incus, installation: installation)
        let images = try machines.images.map { store in
            ImageKeeper(catalog: catalog, store: store, folder: try folder.folder("images"))
        }
        let dns = try choice?.server(installation: installation)
        let world = World(
            store: store, engine: machines, logs: try folder.folder("launch"), images: images, dns: dns)
        provisioner = Provisioner(world: world, catalog: catalog, notify: notify, warm: warm, logger: logger)
        try await provisioner.prepare()
    }

    /// Gives the folder back; for the end of the server.
    package func close() throws { try provisioner.world.store.close() }
}

extension Assembly.EngineChoice {
    fileprivate func open(
        _ folder: StateFolder, _ incus: Assembly.IncusChoice, installation: String
    ) async throws -> any Engine {
        if self == .local || (self == .auto && incus.url == nil && !IncusServer.standard.isThere) {
            return try LocalEngine(folder: folder.folder("machines"), installation: installation)
        }
        var settings = IncusEngine.Settings()
        settings.isIsolating = !incus.isNetworkOpen
        return try await IncusEngine(incus.server, installation: installation, settings: settings)
    }
}
