import Foundation
import SloopEngine
import SloopModel
import SloopSSH
import SloopStore
import Testing

@testable import SloopProvisioner

@Suite(.needsSandbox) struct LaunchTests {
    @Test func theOutputAndTheExitCodeAreRecorded() async throws {
        try await Live.with { live in
            let script = "#!/bin/bash\necho \"out ${BASH_VERSION:+of bash}\"\necho err >&2\npwd\n"
            try await live.make(script: script)
            let (run, text) = try await live.output()
            #expect(text == "out of bash\nerr\n/home/admin\n")
            #expect(run.status == .succeeded && run.exitCode == 0 && run.script == script)
            let (started, ended) = (try #require(run.startedAt), try #require(run.endedAt))
            #expect(run.createdAt <= started && started <= ended)
            // From an offset on, as one who follows does.
            let piece = try await live.provisioner.launches.log(of: "web", run: run.id, from: 4, upTo: .zero)
            #expect(String(decoding: piece.data, as: UTF8.self) == "of bash\nerr\n/home/admin\n")
            await expect(.invalidInput) {
                try await live.provisioner.launches.log(of: "web", run: nil, from: -1, upTo: .zero)
            }
        }
    }

    @Test func aScriptWithoutAShebangIsRunBySh() async throws {
        try await Live.with { live in
            try await live.make(script: "echo ${BASH_VERSION:-plain} && tr '\\0' ' ' < /proc/$$/cmdline")
            let text = try await live.output().text
            #expect(text.hasPrefix("plain\nsh /var/lib/sloop/launch/"))
        }
    }

    @Test func whatAScriptWritesCanBeReadByOthersAndTheRunsOwnFilesCannot() async throws {
        try await Live.with { live in
            for shebang in ["", "#!/bin/sh\n"] {
                let script = "\(shebang)umask; stat -c %a /var/lib/sloop/launch/*.output | sort -u"
                if shebang.isEmpty { try await live.make(script: script) } else { _ = try await live.rerun(script) }
                #expect(try await live.output().text == "0022\n600\n")
            }
        }
    }

    @Test func aScriptThatFailsLeavesTheMachineRunning() async throws {
        try await Live.with { live in
            try await live.make(script: "echo before\nexit 3\n")
            let (run, text) = try await live.output()
            #expect(run.status == .failed && run.exitCode == 3 && text == "before\n")
            #expect(live.provisioner.launches.tail(of: run.id) == "before\n")
            let instance = try await live.find()
            #expect(instance.state == .running)
            #expect(try await live.rig.opens(instance, live.rig.key))
            let again = try await live.rerun("kill -9 $$")
            #expect(again.run.status == .failed && again.run.exitCode == 137)
            // A program that is not there.
            let none = try await live.rerun("#!/no/such/shell\necho hello\n")
            #expect(none.run.status == .failed && [126, 127].contains(none.run.exitCode))
            try await live.check("failed")
        }
    }

    @Test func aRerunIsARunOfItsOwn() async throws {
        try await Live.with { live in
            let instance = try await live.make(script: "echo run >> ~/runs; cat ~/runs")
            #expect(try await live.output().text == "run\n")
            #expect(try await live.rerun(nil).text == "run\nrun\n")
            #expect(try await live.rerun("echo other").text == "other\n")
            #expect(try await live.rerun(nil).text == "other\n")
            let runs = try await live.rig.store.read { try $0.runs(of: instance.id) }
            #expect(runs.count == 4 && runs.allSatisfy { $0.status == .succeeded })
            // The output of each stays.
            let first = try await live.provisioner.launches.log(of: "web", run: runs[0].id, from: 0, upTo: .zero)
            #expect(String(decoding: first.data, as: UTF8.self) == "run\n")
        }
    }

    @Test func aRerunIsRefusedWhenThereIsNothingToRunOrOneRuns() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            let launches = live.provisioner.launches
            let before = try await live.rig.picture()
            await expect(.invalidInput) { try await launches.rerun("web", script: nil) }
            await expect(.invalidInput) { try await launches.rerun("web", script: "") }
            await expect(.invalidInput) { try await launches.rerun("web", script: "true\r\n") }
            await expect(.notFound) { try await launches.rerun("nobody", script: "true") }
            await expect(.notFound) { try await launches.log(of: "web", run: nil, from: 0, upTo: .zero) }
            #expect(try await live.rig.picture() == before)

            let under = try await launches.rerun("web", script: "echo on; while ! [ -e go ]; do sleep 0.02; done")
            let busy = await #expect(throws: SloopError.self) { try await launches.rerun("web", script: "true") }
            #expect(busy?.code == .busy && busy?.message.contains("run-launch-script") == true)
            // A script may take hours: other work goes on beside it.
            _ = try await live.output(until: "on\n")
            let rotation = try await live.provisioner.rotations.startAccess(instances: nil)
            #expect(try await live.settled(rotation.rotation.id).targets.map(\.status) == [.done])
            try live.rig.signal("go", in: instance)
            try await live.complete(under.operation)
            #expect(try await live.output().run.status == .succeeded)
        }
    }

    @Test func outputInManySmallPiecesComesWhole() async throws {
        try await Live.with { live in
            let script = "for i in $(seq 600); do echo $i; sleep 0.002; done\n"
            _ = try await live.make(script: script)
            let wanted = (1...600).map { "\($0)\n" }.joined()
            #expect(try await live.output().text == wanted)
        }
    }

    @Test func aScriptIsRunAgainAsSoonAsItsEndIsSeen() async throws {
        try await Live.with { live in
            try await live.make(script: "true")
            _ = try await live.output()
            for _ in 0..<20 {
                let again = try await live.provisioner.launches.rerun("web", script: nil)
                let limit = ContinuousClock.now + .seconds(60)
                while try await live.provisioner.launches.log(
                    of: "web", run: again.run.id, from: 0, upTo: .seconds(60)
                ).run.isOver == false { try #require(ContinuousClock.now < limit) }
            }
            try await live.quiet()
        }
    }

    @Test func outputThatComesLateDoesNotBringBackADeletedLog() async throws {
        try await Live.with { live in
            try await live.make(script: "echo hello")
            let (run, _) = try await live.output()
            let logs = live.rig.world.logs
            #expect(logs.size(run.id) == 6)
            try logs.remove(run.id)
            #expect(throws: SloopError.self) { try logs.append([1], to: run.id) }
            #expect(try logs.read(run.id, from: 0, limit: 10).isEmpty)
        }
    }

    @Test func aRunThatWasCalledAbsentIsNeverBegunLater() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            let run = LaunchID()
            let follow = LaunchProtocol.follow(run, from: 0, room: 9)
            for _ in 0..<2 { #expect(try await live.rig.shell(instance, "{ \(follow); } 2>&1") == "absent\n") }
            _ = try await live.rig.begin(
                run, by: LaunchProtocol.start(run, script: "echo > ~/ran", room: 9), in: instance)
            #expect(try await live.rig.shell(instance, "ls") == "")
        }
    }

    @Test func aProgramThatCameByHalfDoesNothing() async throws {
        try await Rig.with { rig in
            let instance = try await rig.make()
            let run = LaunchID()
            let program = LaunchProtocol.start(run, script: "#!/bin/sh\necho 'run' >> ~/runs\n", room: 9)
            for part in [0.2, 0.6, 0.8, 0.9, 0.98] {
                _ = try await rig.begin(
                    run, by: String(program.prefix(Int(Double(program.count) * part))), in: instance)
            }
            _ = try await rig.begin(run, by: String(program.dropLast(3)), in: instance)
            #expect(try await rig.shell(instance, "ls ~ /var/lib/sloop/launch | grep run || :") == "")
            #expect(try await rig.begin(run, by: program, in: instance) == 0)
            #expect(try await rig.shell(instance, "cat ~/runs") == "run\n")
        }
    }

    @Test(arguments: [
        ("#!/bin/bash -e\necho ${BASH_VERSION:+bash} $-\nfalse\necho on", "bash ehB\n", 1),
        ("#! /usr/bin/env  bash\necho ${BASH_VERSION:+bash}", "bash\n", 0),
        ("#!/usr/bin/printf %s|it's\\n\n", nil, 0),
        ("#!/bin/sh\n[ $# -gt 0 ] || exec \"$0\" again\necho $1 \"it's\"", "again it's\n", 0),
        ("#!\necho '$HOME' \"\\$#\"", "$HOME $#\n", 0),
    ])
    func aScriptIsRunByWhatItsFirstLineNames(_ script: String, _ wanted: String?, _ code: Int) async throws {
        try await Live.with { live in
            try await live.make(script: script)
            let (run, text) = try await live.output()
            #expect(run.exitCode == code)
            let file = "\(MachinePaths.launch)/\(run.id).script|it's\n"
            #expect(text == wanted ?? file)
        }
    }

    /// Runs of earlier versions have a folder each, and may go on when the server is a new one.
    @Test func aRunOfAnEarlierVersionIsFollowedAndNotBegunAgain() async throws {
        try await Rig.with { rig in
            let instance = try await rig.make()
            let run = LaunchID()
            let wrapper = """
                d=/var/lib/sloop/launch/\(run); mkdir -p $d/claim; echo early > $d/output
                setsid sh -c 'read -r p _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ s _ < /proc/self/stat
                  echo $p $s > '$d'/process; sleep 0.3; echo late >> '$d'/output; echo 4 > '$d'/exit' > /dev/null 2>&1 &
                """
            _ = try await rig.shell(instance, wrapper)
            #expect(
                try await rig.begin(run, by: LaunchProtocol.start(run, script: "echo > ~/ran", room: 9), in: instance)
                    == 0)
            let follow = LaunchProtocol.follow(run, from: 2, room: 100)
            #expect(try await rig.shell(instance, "{ \(follow); } 2>&1") == "rly\nlate\nexit 4\n")
            #expect(try await rig.shell(instance, "ls ~") == "")
        }
    }

    @Test func theLogIsKeptUpToItsLimitAndTheScriptGoesOn() async throws {
        try await Live.with { live in
            let script = "head -c \(LaunchLogs.limit + 3_000_000) /dev/zero | tr '\\0' x\necho end > ~/end\nexit 4\n"
            let instance = try await live.make(script: script)
            let run = try await live.output(discarding: true).run
            #expect(run.status == .failed && run.exitCode == 4)
            #expect(live.rig.world.logs.size(run.id) == LaunchLogs.limit)
            #expect(try await live.rig.shell(instance, "cat end") == "end\n")
        }
    }
}

extension Live {
    /// Follows the newest run's output from its beginning to its end, or until it has that text.
    func output(
        of name: String = "web", until text: String? = nil, discarding: Bool = false
    ) async throws -> (run: LaunchRun, text: String) {
        let end = ContinuousClock.now + .seconds(120)
        var data = Data()
        var offset = 0
        while ContinuousClock.now < end {
            let piece = try await provisioner.launches.log(of: name, run: nil, from: offset, upTo: .seconds(60))
            offset += piece.data.count
            if !discarding { data += piece.data }
            let all = String(decoding: data, as: UTF8.self)
            if let text, all.contains(text) { return (piece.run, all) }
            if piece.data.isEmpty && piece.run.isOver {
                // The run is over a moment before its operation.
                try await quiet()
                return (piece.run, all)
            }
        }
        throw SloopError(.unreachable, "the launch script does not come to that: \(data.count) bytes")
    }

    /// Runs a launch script to its end.
    func rerun(_ script: String?) async throws -> (run: LaunchRun, text: String) {
        try await complete(provisioner.launches.rerun("web", script: script).operation)
        return try await output()
    }
}

extension Rig {
    /// Gives a program for a launch script to the shell that is for it; the exit code.
    func begin(_ run: LaunchID, by program: String, in instance: Instance) async throws -> Int {
        let session = try await SSHSession.connect(to: instance.endpoint(), timeout: .seconds(20))
        try await session.authenticate(user: instance.username, key: key)
        let result = try await session.run(
            LaunchProtocol.shell(run, asRoot: false), stdin: Array(program.utf8), timeout: .seconds(30))
        await session.close()
        return result.exitCode
    }
}
