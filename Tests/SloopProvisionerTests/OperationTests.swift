import SloopEngine
import SloopModel
import SloopSaga
import SloopStore
import Synchronization
import Testing

@testable import SloopProvisioner

@Suite(.needsSandbox) struct OperationTests {
    @Test func anOperationIsSeenAtItsPhasesUntilItIsOver() async throws {
        try await Live.with { live in
            let operations = live.provisioner.operations
            let accepted = try await live.provisioner.instances.create(
                InstanceService.Request(names: ["web"], blueprint: "sandbox", bundle: "nano"))[0]
            #expect(accepted.status == .started && accepted.kind == "create-instance")
            var seen: [String] = []
            var view = try await operations.find(accepted.id)
            for _ in 0..<10 where !view.operation.isOver {
                view = try await operations.wait(accepted.id, knownPhase: view.phase, upTo: .seconds(60))
                if let phase = view.phase { seen.append(phase) }
            }
            #expect(view.operation.status == .succeeded && view.phase == nil)
            #expect(["image", "machine", "boot", "ssh", "first boot"].filter(seen.contains) == seen, "\(seen)")
            #expect(try await operations.list(of: "web", limit: 10) == [view])
            #expect(try await operations.list(of: nil, limit: 1) == [view])
            #expect(try await operations.list(of: "nobody", limit: 10).isEmpty)
            let counts = try await operations.counts()
            #expect(counts.unfinished == 0 && counts.stuck == 0)
            await expect(.notFound) { try await operations.find(OperationID("none")) }
        }
    }

    @Test func aWaitEndsWithItsTime() async throws {
        try await Rig.with { rig in
            // Nobody runs it.
            let operation = try await rig.order()
            let service = OperationService(world: rig.world, desk: rig.desk)
            let view = try await service.wait(operation.id, knownPhase: nil, upTo: .milliseconds(50))
            #expect(view.operation.status == .started && view.phase == nil)
            #expect(try await service.counts().unfinished == 1)
        }
    }

    @Test(.timeLimit(.minutes(1))) func whoWaitsForAnOperationIsNotAskedAtTheStepsOfOthers() async throws {
        let changes = Changes(clock: SystemClock())
        let (mine, other) = (OperationID(), OperationID())
        let (asked, hasAsked) = AsyncStream.makeStream(of: OperationID.self)
        @Sendable func follow(_ operation: OperationID, asks: Int) async throws {
            let count = Mutex(0)
            _ = try await changes.wait(upTo: .seconds(600), of: operation, for: { $0 == asks }) {
                hasAsked.yield(operation)
                return count.withLock { count in
                    count += 1
                    return count
                }
            }
        }
        async let first: Void = follow(mine, asks: 3)
        async let second: Void = follow(other, asks: 50)
        var asks: [OperationID: Int] = [:]
        for await operation in asked {
            asks[operation, default: 0] += 1
            if asks == [mine: 1, other: 50] { changes.ring(.operation(mine)) }
            // What is about no operation, as when the comparison settled a state, may concern any.
            if asks == [mine: 2, other: 50] { changes.ring() }
            if asks[mine] == 3 { break }
            if operation == other { changes.ring(.operation(other)) }
        }
        #expect(asks == [mine: 3, other: 50])
        (_, _) = try await (first, second)
    }

    @Test(.timeLimit(.minutes(1))) func whatFollowsAnOperationIsSeenToEndWithIt() async throws {
        try await Rig.with { rig in
            let leader = try await rig.order()
            let follower = try await rig.store.write { try $0.follow(leader, on: "data", type: "Disk", details: nil) }
            let clock = AttentiveClock()
            let world = World(store: rig.everything, engine: rig.engine, logs: rig.folder, clock: clock)
            let service = OperationService(world: world, desk: rig.desk)
            async let end = service.waitForEnd(follower.id, upTo: .seconds(600))
            await clock.isWaitedFor()
            let log = StoreLog(store: rig.everything, now: world.now) { world.changes.ring(.operation($0)) }
            var entry = SagaEntry<Tables>()
            entry.end = .succeeded
            try await log.record(entry, of: leader.id)
            #expect(try await end.operation.status == .succeeded)
        }
    }

    @Test func manyOperationsAtOnceAllEnd() async throws {
        try await Live.with { live in
            let names = (0..<30).map { "web\($0)" }
            let operations = try await live.provisioner.instances.create(
                InstanceService.Request(names: names, blueprint: "sandbox", bundle: "nano", keyPair: "laptop"))
            for operation in operations { try await live.complete(operation) }
            let rotation = try await live.provisioner.rotations.startAccess(instances: nil)
            let view = try await live.settled(rotation.rotation.id)
            #expect(view.targets.count == 30 && view.targets.allSatisfy { $0.status == .done })
            try await live.quiet()
            let deletes = try await withThrowingTaskGroup { group in
                for name in names { group.addTask { try await live.provisioner.instances.delete(name) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for operation in deletes { try await live.complete(operation) }
            #expect(try await live.rig.engine.list().isEmpty)
            try await live.check("all gone")
        }
    }
}

/// The system's, which tells when somebody begins to wait for a time.
private final class AttentiveClock: WorldClock {
    private let waits = AsyncStream.makeStream(of: Void.self)

    var instant: ContinuousClock.Instant { .now }

    func sleep(until time: ContinuousClock.Instant) async throws {
        waits.continuation.yield()
        try await SystemClock().sleep(until: time)
    }

    func isWaitedFor() async {
        for await _ in waits.stream { return }
    }
}
