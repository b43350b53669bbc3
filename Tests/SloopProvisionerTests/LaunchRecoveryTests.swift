import Foundation
import SloopEngine
import SloopModel
import SloopSSH
import SloopStore
import Testing

@testable import SloopProvisioner

/// A launch script runs once, whatever breaks while it runs.
@Suite(.needsSandbox) struct LaunchRecoveryTests {
    /// Counts its runs, and writes much before and after it was told to go on.
    private let script = """
        echo run >> ~/runs
        seq 20000
        echo waiting
        while ! [ -e ~/go ]; do sleep 0.02; done
        seq 20000 30000
        exit 5

        """
    private let wanted =
        (1...20000).map { "\($0)\n" }.joined() + "waiting\n" + (20000...30000).map { "\($0)\n" }.joined()

    @Test func aNewServerGoesOnAndGetsAllOutputOnce() async throws {
        try await Live.with { live in
            let instance = try await live.make(script: script)
            _ = try await live.output(until: "waiting\n")
            let next = await live.successor()
            try live.rig.signal("go", in: instance)
            let (run, text) = try await next.output()
            #expect(run.status == .failed && run.exitCode == 5)
            #expect(text == wanted)
            #expect(try await next.rig.shell(instance, "cat runs") == "run\n")
        }
    }

    @Test func aScriptThatEndsWhileNoServerRunsIsRecorded() async throws {
        try await Live.with { live in
            let instance = try await live.make(script: script)
            _ = try await live.output(until: "waiting\n")
            await live.provisioner.stop()
            try live.rig.signal("go", in: instance)
            let exit = "until grep . /var/lib/sloop/launch/*.exit 2> /dev/null; do sleep 0.02; done"
            #expect(try await live.rig.shell(instance, exit) == "5\n")
            let (run, text) = try await live.successor().output()
            #expect(run.status == .failed && run.exitCode == 5)
            #expect(text == wanted)
        }
    }

    @Test func aServerStoppedAtManyMomentsGetsAllOutputOnce() async throws {
        try await Live.with { live in
            let instance = try await live.make(script: script)
            var server = live
            for text in ["\n500\n", "\n5000\n", "\n15000\n"] {
                _ = try await server.output(until: text)
                server = await server.successor()
            }
            try live.rig.signal("go", in: instance)
            #expect(try await server.output().text == wanted)
            #expect(try await live.rig.shell(instance, "cat runs") == "run\n")
        }
    }

    @Test func aScriptThatIsStartedManyTimesAtOnceRunsOnce() async throws {
        try await Rig.with { rig in
            let instance = try await rig.make()
            let (run, script) = (LaunchID(), "echo run >> ~/runs\n")
            var sessions: [SSHSession] = []
            for _ in 0..<8 {
                let session = try await SSHSession.connect(to: instance.endpoint(), timeout: .seconds(20))
                try await session.authenticate(user: instance.username, key: rig.key)
                sessions.append(session)
            }
            let codes = try await withThrowingTaskGroup { group in
                for session in sessions {
                    group.addTask {
                        try await session.run(
                            LaunchProtocol.shell(run, asRoot: false),
                            stdin: Array(LaunchProtocol.start(run, script: script, room: 100).utf8),
                            timeout: .seconds(30)
                        ).exitCode
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes == Array(repeating: 0, count: sessions.count))
            let followed = try await sessions[0].run(
                LaunchProtocol.follow(run, from: 0, room: 100), timeout: .seconds(30))
            #expect(LaunchProtocol.outcome(String(decoding: followed.stderr, as: UTF8.self)) == .ended(0))
            for session in sessions { await session.close() }
            #expect(try await rig.shell(instance, "sleep 0.3; cat runs") == "run\n")
        }
    }

    @Test func aLostConnectionIsMadeAnewAndTheScriptNotRunAgain() async throws {
        try await Live.with { live in
            let rounds = 3
            let script = """
                echo run >> ~/runs
                for i in $(seq \(rounds)); do
                  echo "round $i"
                  while ! [ -e ~/go.$i ]; do sleep 0.02; done
                done
                """
            let instance = try await live.make(script: script)
            for round in 1...rounds {
                _ = try await live.output(until: "round \(round)\n")
                #expect(try await live.rig.cutConnections(instance) >= 1)
                try live.rig.signal("go.\(round)", in: instance)
            }
            let (run, text) = try await live.output()
            #expect(run.status == .succeeded)
            #expect(text == (1...rounds).map { "round \($0)\n" }.joined())
            #expect(try await live.rig.shell(instance, "cat runs") == "run\n")
        }
    }

    /// While the one command is at work that starts it and would bring its output home.
    @Test func aConnectionThatIsLostAtTheStartLosesNothing() async throws {
        try await Live.with { live in
            let script = "echo run >> ~/runs; echo begun; : > ~/began; sleep 0.2; echo done"
            let instance = try await live.make()
            for round in 1...3 {
                let again = try await live.provisioner.launches.rerun("web", script: script)
                let limit = ContinuousClock.now + .seconds(30)
                let began = live.rig.home(instance).appending(path: "began").path
                while !FileManager.default.fileExists(atPath: began) { try #require(ContinuousClock.now < limit) }
                _ = try await live.rig.cutConnections(instance)
                try await live.complete(again.operation)
                let (run, text) = try await live.output()
                #expect(run.status == .succeeded && text == "begun\ndone\n")
                let runs = String(repeating: "run\n", count: round)
                #expect(try await live.rig.shell(instance, "rm ~/began; cat runs") == runs)
            }
        }
    }

    @Test func aScriptWhoseMachineIsStoppedIsInterruptedAndNotRunAgain() async throws {
        try await Live.with { live in
            let instance = try await live.make(script: script)
            _ = try await live.output(until: "waiting\n")
            try await live.stop()
            var run = try await live.output(discarding: true).run
            #expect(run.status == .interrupted && run.exitCode == nil && run.endedAt != nil)
            try await live.start()
            await live.provisioner.reconcile()
            #expect(try await live.rig.shell(instance, "cat runs") == "run\n")
            try live.rig.signal("go", in: instance)
            run = try await live.rerun(nil).run
            #expect(run.status == .failed && run.exitCode == 5)
            #expect(try await live.rig.shell(instance, "cat runs") == "run\nrun\n")
            try await live.check("run again by hand")
        }
    }

    @Test func aScriptWhoseMachineWasRestartedBehindOurBackIsInterrupted() async throws {
        try await Live.with { live in
            let instance = try await live.make(script: script)
            _ = try await live.output(until: "waiting\n")
            await live.provisioner.stop()
            try await live.rig.restart(instance)
            let run = try await live.successor().output(discarding: true).run
            #expect(run.status == .interrupted)
            #expect(try await live.rig.shell(instance, "cat runs") == "run\n")
        }
    }

    @Test func aScriptWhoseInstanceIsDeletedEndsWithIt() async throws {
        try await Live.with { live in
            try await live.make(script: script)
            _ = try await live.output(until: "waiting\n")
            try await live.complete(live.provisioner.instances.delete("web"))
            let open = try await live.provisioner.operations.list(of: "web", limit: 10)
            for view in open { try await live.finish(view.operation) }
            let after = try await live.rig.picture()
            #expect(after.locks.isEmpty && after.machines.isEmpty && after.instances.isEmpty)
            #expect(after.operations.allSatisfy { $0.isOver })
            #expect(after.logs.isEmpty)
        }
    }
}
