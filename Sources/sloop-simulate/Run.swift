import Foundation
import Logging
import SloopCatalog
import SloopEngine
import SloopModel
import SloopProvisioner
import SloopStore

/// One seed: clients at work on servers that die and come back, machines to which things happen, and in the end quiet, in
/// which everything must be as it is recorded.
final class Run: @unchecked Sendable {
    let seed: UInt64
    let loop: Loop
    let trace: Trace
    let site: Site
    let random: SeededRandom
    let wallet = Wallet()
    let folder: URL
    /// How many times a key was changed on a machine, if that is what the story is about.
    var rotated = 0
    /// What servers that are started from now on keep ready.
    var warm: [WarmKind] = []
    /// Of lines of keys, to be made once.
    var fingerprints: [String: String] = [:]
    private let catalog: Catalog
    private let logger: Logger
    /// The server that takes calls; nil while there is none.
    private(set) var server: Server?
    /// The one that was started last, also when it is dead or does not take calls yet.
    private(set) var latest: Server?
    private(set) var servers = 0
    /// After how many events the next server dies; nil for never.
    var nextDeath: () -> Int? = { nil }
    /// Of the servers before the latest.
    private var eventsBefore: [Int] = []
    private var isOver = false
    private var violation: Violation?

    init(_ seed: UInt64, in base: Base, isShown: Bool) throws {
        self.seed = seed
        loop = Loop(seed)
        trace = Trace(loop, isShown: isShown)
        site = Site(loop, trace, seed: seed)
        random = SeededRandom(seed, "clients")
        folder = try base.folder(for: seed)
        catalog = base.catalog
        let trace = trace
        logger = Logger(label: "simulate") { _ -> any LogHandler in
            isShown ? TraceLog(trace: trace) : SwiftLogNoOpLogHandler()
        }
        site.isViolated = { [unowned self] in fail($0) }
        site.didChange = { [unowned self] machine in watch(machine) }
    }

    /// Removes its files, which are in memory. What waits for ever in it keeps it from being freed.
    func leave() { try? FileManager.default.removeItem(at: folder) }

    /// Tells the story to its end. Throws what must never be.
    func play(_ story: @escaping @Sendable (Run) async throws -> Void) throws {
        try Randomness.$seeded.withValue(SeededRandom(seed, "ids")) {
            try haveImage()
            start()
            Task(executorPreference: loop) {
                do { try await story(self) } catch { self.fail("\(error)") }
                self.isOver = true
            }
            try loop.run { isOver || violation != nil }
            server?.didDie = {}
            latest?.didDie = {}
            latest?.die()
            latest?.bury()
            if let violation { throw violation }
        }
    }

    func fail(_ what: String) {
        trace.note("VIOLATED: \(what)")
        violation = violation ?? Violation(what)
    }

    /// Starts a server on what its predecessor left; takes calls once it has looked at that.
    private func start() {
        if let latest {
            latest.bury()
            eventsBefore.append(latest.events)
        }
        servers += 1
        trace.note("server \(servers) starts")
        do {
            let server = try Server(servers, folder: folder, site: site, catalog: catalog, warm: warm, logger: logger)
            latest = server
            server.eventsLeft = nextDeath()
            server.didDie = { [unowned self, unowned server] in
                if self.server === server { self.server = nil }
                loop.after(random.milliseconds(50...3000)) { self.start() }
            }
            Task(executorPreference: loop) { await self.serve(server) }
        } catch {
            fail("the server does not start: \(error)")
        }
    }

    /// What ``SloopServer/Serve`` does.
    private func serve(_ server: Server) async {
        do {
            try await server.provisioner.prepare()
            await server.provisioner.start()
            try server.check()
            self.server = server
            while true {
                try await server.sleep(until: loop.time + .seconds(5))
                await server.provisioner.reconcile()
                await server.provisioner.measure()
            }
        } catch is CancellationError {
        } catch {
            fail("the server does not run: \(error)")
        }
    }

    /// How many events each server had.
    var eventsOfServers: [Int] { eventsBefore + [latest?.events ?? 0] }

    /// An image that many were cloned from is there.
    func haveImage() throws {
        guard let key = try catalog.image(of: Client.blueprint).map({ ($0.blueprint.id, $0.digest) }) else { return }
        let image = MachineImage.Key(blueprint: key.0, digest: key.1)
        site.images[image] = MachineImage(key: image, bytes: 1, createdAt: Date(timeIntervalSince1970: 0))
    }

    /// Has users' keys to make instances with.
    func importPairs(_ server: Server) async throws {
        for pair in Client.pairs {
            _ = try await server.services.keyPairs.import(pair, publicKey: wallet.make(pair))
        }
    }

    /// Ends the server as SIGTERM does.
    func stopGracefully() async {
        guard let server else { return }
        self.server = nil
        await server.provisioner.stop()
        server.die()
    }

    static var oneReady: [WarmKind] { get throws { [try WarmKind(parsing: "\(Client.blueprint):nano=1")] } }

    /// Has this server's successor keep a machine ready, and what comes after that.
    func keepWarm() async throws {
        warm = try Run.oneReady
        _ = await upServer()
        await stopGracefully()
    }

    /// A server that takes calls.
    func upServer() async -> Server {
        while true {
            if let server, !server.isDead { return server }
            await loop.sleep(.milliseconds(100))
        }
    }
}

/// The private keys that users have.
final class Wallet: @unchecked Sendable {
    private(set) var lines: Set<String> = []

    func add(_ line: String) { lines.insert(line) }
}

/// What the runs of a process share: the catalog, and a state folder with an empty store to begin with.
struct Base {
    let catalog: Catalog
    private let root: URL
    private let template: URL

    init(catalog: URL?) throws {
        self.catalog = try Catalog.load(Catalog.locate(catalog))
        root = URL(filePath: "/dev/shm/sloop-simulate-\(getpid())")
        template = root.appending(path: "template")
        try FileManager.default.createDirectory(
            at: template.appending(path: "launch"), withIntermediateDirectories: true)
        try Store(folder: template, vault: Vault(folder: template)).close()
    }

    func folder(for seed: UInt64) throws -> URL {
        let folder = root.appending(path: "\(seed)-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: template, to: folder)
        return folder
    }

    func remove() { try? FileManager.default.removeItem(at: root) }
}

private struct TraceLog: LogHandler {
    let trace: Trace
    var metadata = Logger.Metadata()
    var logLevel = Logger.Level.debug

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        trace.show("log: \(event.message) \(event.metadata.map { "\($0)" } ?? "")")
    }
}
