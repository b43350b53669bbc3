import Foundation
import Logging
import SloopEngine
import SloopModel
import SloopSSH
import SloopStore
import Synchronization
import Testing

@testable import SloopProvisioner

/// A rig in which sagas run by themselves, as in a server.
struct Live {
    let rig: Rig
    let engine: FaultyEngine
    let provisioner: Provisioner
    private let shared: Shared

    /// What a server and its successor have in common.
    private final class Shared: Sendable {
        let provisioners = Mutex<[Provisioner]>([])
        let shift = Mutex<TimeInterval>(0)
        let clock: any WorldClock

        init(_ clock: any WorldClock) { self.clock = clock }
    }

    private init(
        _ rig: Rig, _ engine: FaultyEngine, _ shared: Shared, grace: Duration, patience: Duration = .seconds(60),
        warm: [WarmKind] = []
    ) async {
        self.rig = rig
        self.engine = engine
        self.shared = shared
        let world = World(
            store: rig.everything, engine: engine, logs: rig.folder.appending(path: "launch"), clock: shared.clock,
            bootPatience: patience
        ) {
            World.clock().addingTimeInterval(shared.shift.withLock { $0 })
        }
        let made = Provisioner(
            world: world, catalog: rig.catalog, grace: grace, warm: warm,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        provisioner = made
        shared.provisioners.withLock { $0.append(made) }
        await made.start()
    }

    /// Runs the body with a fresh one, and removes its machines and files whatever happens.
    static func with(
        in folder: URL? = nil, grace: Duration = .seconds(60), bootPatience: Duration = .seconds(60),
        warm: [WarmKind] = [], clock: any WorldClock = SystemClock(),
        _ body: (Live) async throws -> Void
    ) async throws {
        try await Rig.with(in: folder) { rig in
            let shared = Shared(clock)
            let live = await Live(
                rig, FaultyEngine(rig.storage), shared, grace: grace, patience: bootPatience, warm: warm)
            let result: Result<Void, any Error>
            do { result = .success(try await body(live)) } catch { result = .failure(error) }
            for one in shared.provisioners.withLock({ $0 }) { await one.stop() }
            try result.get()
        }
    }

    /// Stops this server where it is, and starts another one over the same store.
    func successor() async -> Live {
        await provisioner.stop()
        return await Live(rig, engine, shared, grace: .seconds(60))
    }

    /// Lets that time pass for the services.
    func advance(_ seconds: TimeInterval) { shared.shift.withLock { $0 += seconds } }

    /// Waits for the end of the operation.
    @discardableResult
    func finish(_ operation: SloopModel.Operation) async throws -> SloopModel.Operation {
        let end = ContinuousClock.now + .seconds(120)
        var phase: String?
        while ContinuousClock.now < end {
            let view = try await provisioner.operations.wait(operation.id, knownPhase: phase, upTo: .seconds(60))
            if view.operation.isOver { return view.operation }
            phase = view.phase
        }
        throw SloopError(.unreachable, "the operation \(operation.kind) does not end")
    }

    /// Waits for its end, which must be success.
    func complete(_ operation: SloopModel.Operation) async throws {
        let end = try await finish(operation)
        #expect(end.status == .succeeded, "\(end.kind): \(end.error ?? "")")
    }

    @discardableResult
    func make(_ name: String = "web", keyPair: String? = "laptop", script: String? = nil) async throws -> Instance {
        let operation = try await provisioner.instances.create(
            InstanceService.Request(
                names: [name], blueprint: "sandbox", bundle: "nano", keyPair: keyPair, script: script))[0]
        try await complete(operation)
        return try await find(name)
    }

    func find(_ name: String = "web") async throws -> Instance { try await provisioner.instances.find(name).instance }

    /// Waits until nothing is at work.
    func quiet() async throws {
        for view in try await provisioner.operations.list(of: nil, limit: 1000) where !view.operation.isOver {
            try await finish(view.operation)
        }
    }

    /// What must be true between any two operations.
    func check(_ comment: Comment) async throws {
        try await quiet()
        try await rig.check(comment)
    }

    func stop(_ name: String = "web") async throws { try await complete(provisioner.instances.stop(name)) }
    func start(_ name: String = "web") async throws { try await complete(provisioner.instances.start(name)) }

    /// Waits until the rotation needs no more from us for now.
    func settled(_ rotation: RotationID) async throws -> RotationService.View {
        let end = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < end {
            let view = try await provisioner.rotations.wait(rotation, changedAfter: nil, upTo: .seconds(60))
            // The target is done a moment before its operation's locks are seen free.
            if !view.isAtWork { return view }
        }
        throw SloopError(.unreachable, "the rotation \(rotation) does not settle")
    }

    /// Rotates the pair `laptop` to a public key whose private half is the user's, and waits.
    func rotate(to key: SSHPrivateKey, instances: [String]? = nil) async throws -> RotationService.View {
        let view = try await provisioner.rotations.start(
            keyPair: "laptop", publicKey: key.publicKey.line, instances: instances)
        return try await settled(view.rotation.id)
    }

    /// A round of the reconciler, and what it began.
    func reconciled(_ rotation: RotationID) async throws -> RotationService.View {
        await provisioner.reconcile()
        return try await settled(rotation)
    }
}

/// Time that stands still, however slow the computer is, until the test moves it on. What waits, waits as long as it said.
final class HeldClock: WorldClock {
    private let held = Mutex(ContinuousClock.now)
    var instant: ContinuousClock.Instant { held.withLock { $0 } }

    func sleep(until deadline: ContinuousClock.Instant) async throws {
        try await Task.sleep(for: max(.zero, instant.duration(to: deadline)))
    }

    func advance(_ time: Duration) { held.withLock { $0 += time } }
}
