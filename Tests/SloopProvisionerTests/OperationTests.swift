import SloopEngine
import SloopModel
import SloopStore
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
