import FaultyDisk
import Foundation
import SloopEngine
import SloopModel
import SloopStore
import Testing

@testable import SloopProvisioner

/// A disk that fails under a server at work: what was under way goes on when it is back, and nothing is doubled or lost.
@Suite(.serialized, .needsSandbox) struct StorageOutageTests {
    /// What is refused is asked for again, as a person would.
    private func ask<Value>(_ disk: FaultyDisk, _ call: () async throws -> Value) async throws -> Value {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            do { return try await call() } catch let error as SloopError {
                try #require(error.code == .storage && disk.failed != nil, "\(error)")
                try #require(ContinuousClock.now < end)
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    /// Every write from the n-th on fails for a while, wherever the life of an instance is then.
    @Test(arguments: [FaultyDisk.Fault.full, .io], [1, 9, 17, 26, 35, 45, 60, 80, 100, 130])
    func anOutageOfTheDiskOnlyDelaysWhatIsUnderWay(_ fault: FaultyDisk.Fault, _ number: Int) async throws {
        let disk = try FaultyDisk()
        try await Live.with(in: disk.folder) { live in
            disk.fail(fault, at: number, isLasting: true)
            let healing = Task {
                while disk.failed == nil { try await Task.sleep(for: .milliseconds(5)) }
                try await Task.sleep(for: .milliseconds(100))
                disk.heal()
            }
            defer { healing.cancel() }
            let order = InstanceService.Request(
                names: ["web"], blueprint: "sandbox", bundle: "nano", keyPair: "laptop", script: "echo run >> ~/runs")
            let made = try await ask(disk) { try await live.provisioner.instances.create(order)[0] }
            let created = try await ask(disk) { try await live.finish(made) }
            #expect(created.status == .succeeded)
            try await ask(disk) { try await live.quiet() }
            let instance = try await ask(disk) { try await live.find() }
            let stop = try await ask(disk) { try await live.provisioner.instances.stop("web") }
            let stopped = try await ask(disk) { try await live.finish(stop) }
            #expect(stopped.status == .succeeded)
            let start = try await ask(disk) { try await live.provisioner.instances.start("web") }
            let started = try await ask(disk) { try await live.finish(start) }
            #expect(started.status == .succeeded)
            if disk.failed == nil { healing.cancel() }
            disk.heal()
            #expect(try await live.rig.shell(instance, "cat runs") == "run\n")
            let run = try await live.output().run
            #expect(run.status == .succeeded && run.exitCode == 0)
            try await live.check("\(fault) from \(number) on")
            try await live.complete(live.provisioner.instances.delete("web"))
            #expect(try await live.rig.engine.list().isEmpty)
        }
    }
}
