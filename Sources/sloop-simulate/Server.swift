import Foundation
import Logging
import SloopCatalog
import SloopEngine
import SloopModel
import SloopProvisioner
import SloopStore

/// One process of `sloop serve`: it may die at any event, and then does nothing more. What it had asked of others by then
/// may still happen.
final class Server: @unchecked Sendable {
    let site: Site
    let store: Store
    let number: Int
    private(set) var provisioner: Provisioner!
    private(set) var isDead = false
    /// Dies at the so-manieth event from now; nil for never.
    var eventsLeft: Int?
    /// Called at its death.
    var didDie: () -> Void = {}
    private(set) var events = 0
    let startedAt: Duration
    /// How those that wait for an answer are told that there will be none.
    private var waiting: [Int: @Sendable (any Error) -> Void] = [:]
    private var isNeverSent: Set<Int> = []
    private var count = 0

    /// How long what has lost its row is left alone.
    static let grace = Duration.seconds(15)
    /// 2026-01-01, ten seconds before it.
    private static let epoch = 1_767_225_590.0

    init(_ number: Int, folder: URL, site: Site, catalog: Catalog, warm: [WarmKind], logger: Logger) throws {
        self.number = number
        self.site = site
        startedAt = site.loop.time
        let schedule = Schedule()
        let loop = site.loop
        store = try Store(
            folder: folder, vault: Vault(folder: folder),
            now: {
                Date(timeIntervalSince1970: Server.epoch + (loop.time / .milliseconds(1)).rounded(.down) / 1000)
            }, scheduler: schedule)
        schedule.server = self
        let images = SimImages(server: self)
        let world = World(
            store: store, engine: SimEngine(server: self), logs: folder.appending(path: "launch"),
            images: ImageKeeper(
                catalog: catalog, store: images, folder: folder.appending(path: "images"), executor: loop
            ) { path, _, _ in try await images.runScript(path) },
            dns: SimDNS(server: self), network: SimNetwork(server: self), clock: SimClock(server: self))
        provisioner = Provisioner(world: world, catalog: catalog, grace: Server.grace, warm: warm, logger: logger)
    }

    var services: AccountServices { provisioner.of(.default) }

    /// Throws if it is dead.
    func check() throws { if isDead { throw CancellationError() } }

    /// Something that another process would see happens, or is about to: the moments at which it may die.
    func event(_ what: @autoclosure () -> String) {
        guard !isDead else { return }
        events += 1
        site.trace.note("\(number) \(what())")
        guard let left = eventsLeft else { return }
        eventsLeft = left - 1
        if left <= 1 { die() }
    }

    func die() {
        guard !isDead else { return }
        isDead = true
        site.trace.note("\(number) dies")
        let all = waiting.sorted { $0.key < $1.key }
        waiting = [:]
        for (call, tell) in all {
            // Half of what it was about to send never left it.
            if site.random.chance(0.5) { isNeverSent.insert(call) }
            tell(CancellationError())
        }
        didDie()
    }

    /// Ends for good what the dead process had open.
    func bury() { try? store.close() }

    // MARK: What takes time

    /// Asks something of another, who does it although the answer may be lost, or late, or this process dead.
    func ask<Value: Sendable>(
        _ name: String, failing rate: Double, as code: SloopError.Code, isLook: Bool = false,
        mishaps: [Site.Mishap] = Site.Mishap.allCases,
        _ effect: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        event("asks to \(name)")
        try check()
        let (site, loop) = (site, site.loop)
        let mishap = site.mishap(rate, mishaps)
        return try await withCheckedThrowingContinuation { continuation in
            let call = wait { continuation.resume(throwing: $0) }
            loop.after(site.random.milliseconds(site.faults.latency)) { [self] in
                guard !isNeverSent.contains(call) else { return }
                let carryOut: @Sendable () -> Result<Value, any Error> = {
                    let result = Result { try effect() }
                    site.trace.note("\(name): \(result.word)")
                    if !isLook { site.didChange(nil) }
                    return result
                }
                var answer: Result<Value, any Error> = .failure(
                    SloopError(code, "\(name): \(mishap.map { "\($0)" } ?? "")"))
                switch mishap {
                case nil: answer = carryOut()
                case .refused: break
                case .answerLost: _ = carryOut()
                // What runs in a machine goes on for moments, and what an engine does for seconds.
                case .late:
                    loop.after(site.random.milliseconds(code == .unreachable ? 10...300 : 10...5000)) { _ = carryOut() }
                }
                event("was answered: \(name)")
                if waiting.removeValue(forKey: call) != nil { continuation.resume(with: answer) }
            }
        }
    }

    func sleep(until due: Duration) async throws {
        try check()
        let call = Box(0)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled { return continuation.resume(throwing: CancellationError()) }
                let number = wait { continuation.resume(throwing: $0) }
                call.value = number
                site.loop.after(due - site.loop.time) { [self] in
                    if waiting.removeValue(forKey: number) != nil { continuation.resume() }
                }
            }
        } onCancel: {
            waiting.removeValue(forKey: call.value)?(CancellationError())
        }
    }

    private func wait(_ tell: @escaping @Sendable (any Error) -> Void) -> Int {
        count += 1
        waiting[count] = tell
        return count
    }

    private final class Box: @unchecked Sendable {
        var value: Int
        init(_ value: Int) { self.value = value }
    }

    /// Does the store's work on the loop, and is where the process may die before and after each write.
    private final class Schedule: StoreScheduler, @unchecked Sendable {
        unowned var server: Server!

        func schedule(_ access: StoreAccess, _ work: @escaping @Sendable ((any Error)?) -> Void) {
            server.site.loop.post { [server = server!] in
                if access == .write { server.event("is about to write") }
                if server.isDead { return work(CancellationError()) }
                work(nil)
                guard access == .write else { return }
                server.site.didChange(nil)
                server.event("has written")
            }
        }
    }
}

/// The loop's time, as long as the server lives.
struct SimClock: WorldClock {
    private static let zero = ContinuousClock.now
    let server: Server

    var instant: ContinuousClock.Instant { SimClock.zero + server.site.loop.time }

    func sleep(until deadline: ContinuousClock.Instant) async throws {
        try await server.sleep(until: SimClock.zero.duration(to: deadline))
    }
}

extension Result {
    var word: String {
        switch self {
        case .success: "done"
        case .failure(let error): (error as? SloopError)?.code.rawValue ?? "failed"
        }
    }
}
