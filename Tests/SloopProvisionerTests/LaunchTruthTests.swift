import Foundation
import SloopEngine
import SloopModel
import SloopStore
import Testing

@testable import SloopProvisioner

/// What is recorded of a launch script is what happened, whatever it did.
@Suite(.needsSandbox) struct LaunchTruthTests {
    struct Script: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let text: String
        let exitCode: Int
        var output: String?

        init(_ description: String, _ text: String, _ exitCode: Int, output: String? = nil) {
            (testDescription, self.text, self.exitCode, self.output) = (description, text, exitCode, output)
        }
    }

    private static let scripts = [
        Script("exit 0", "true", 0, output: ""),
        Script("exit 1", "echo no; exit 1", 1, output: "no\n"),
        Script("exit 255", "exit 255", 255),
        Script("127, a command that is not there", "no-such-command", 127),
        Script("126, a program that cannot be run", "/etc/passwd", 126),
        Script("false; true", "false; true", 0),
        Script("true; false", "true; false", 1),
        Script("set -e; false; true", "set -e; false; true", 1),
        Script("killed by SIGKILL", "kill -9 $$", 137),
        Script("killed by SIGTERM", "kill -TERM $$; sleep 9", 143),
        Script("killed by SIGKILL, by its shebang", "#!/bin/bash\nkill -9 $$", 137),
        Script("dumps core", "kill -SEGV $$", 139),
        Script("a time limit of its own", "timeout 0.2 sleep 60", 124),
        Script("needs a terminal", "test -t 0 || exit 9", 9),
        Script("asks the terminal", "read answer < /dev/tty", 2),
        Script("reads its input, which is empty", "cat; echo end", 0, output: "end\n"),
        Script("ends without a newline", "printf end", 0, output: "end"),
        Script("removes itself", "rm -- \"$0\"; echo gone; exit 6", 6, output: "gone\n"),
        Script("closes its output", "exec > /dev/null 2>&1; echo hidden; exit 8", 8, output: ""),
    ]

    @Test func theExitCodeIsTheTruthWhateverTheScriptDoes() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            for script in LaunchTruthTests.scripts {
                // The counting line goes after the shebang, if there is one.
                var lines = script.text.split(separator: "\n", omittingEmptySubsequences: false)
                lines.insert("echo run >> ~/runs", at: lines[0].hasPrefix("#!") ? 1 : 0)
                let run = try await live.rerun(lines.joined(separator: "\n"))
                let wanted: LaunchRun.Status = script.exitCode == 0 ? .succeeded : .failed
                #expect(run.run.status == wanted && run.run.exitCode == script.exitCode, "\(script.testDescription)")
                if let output = script.output { #expect(run.text == output, "\(script.testDescription)") }
            }
            let runs = try await live.rig.shell(instance, "wc -l < runs")
            // Never more than once, each.
            #expect(runs == "\(LaunchTruthTests.scripts.count)\n")
        }
    }

    @Test func tenMegabytesOfOutputComeWholeAndOnce() async throws {
        try await Live.with { live in
            try await live.make(script: "seq -f '%09.0f' 1000000\nexit 7\n")
            let (run, text) = try await live.output()
            #expect(run.status == .failed && run.exitCode == 7)
            #expect(text.utf8.count == 10_000_000)
            let lines = text.split(separator: "\n")
            #expect(lines.count == 1_000_000 && lines.first == "000000001" && lines.last == "001000000")
            #expect(zip(lines, 1...).allSatisfy { Int($0) == $1 })
        }
    }

    @Test func outputThatIsNoTextComesAsItIs() async throws {
        try await Live.with { live in
            let script = "i=0; while [ $i -lt 256 ]; do printf \"\\\\$(printf %03o $i)\"; i=$((i + 1)); done\nexit 3\n"
            try await live.make(script: script)
            #expect(try await live.output().run.exitCode == 3)
            let piece = try await live.provisioner.launches.log(of: "web", run: nil, from: 0, upTo: .zero)
            #expect(piece.data == Data(0...255))
        }
    }

    @Test func aScriptIsOverWhenItEndsWhateverItLeftInTheBackground() async throws {
        try await Live.with { live in
            let script = """
                sleep 600 & echo $! > ~/child
                (trap '' HUP; sleep 600; echo late) &
                setsid sh -c 'while :; do echo noise; sleep 0.2; done' > ~/noise 2>&1 &
                nohup sleep 600 > /dev/null 2>&1 &
                echo done
                exit 4
                """
            let instance = try await live.make(script: script)
            let (run, text) = try await live.output()
            #expect(run.status == .failed && run.exitCode == 4 && text == "done\n")
            // What it left runs on.
            #expect(try await live.rig.shell(instance, "kill -0 $(cat child) && echo lives") == "lives\n")
        }
    }

    /// The machine's disk is full when the script ends: that it ended, and how, is recorded when there is room again.
    @Test(.enabled(if: geteuid() == 0, "only root can mount a disk of a few pages"))
    func aScriptThatFillsTheDiskIsRecordedWhenThereIsRoomAgain() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            let launch = live.rig.path(instance).appending(path: "sloop/launch").path
            let owner = try #require(
                try FileManager.default.attributesOfItem(atPath: launch)[.ownerAccountID] as? NSNumber)
            try await live.rig.engine.stop(instance.id)
            let options = "size=64k,uid=\(owner),gid=\(owner),mode=0700"
            try #require(system("mount -t tmpfs -o \(options) tmpfs \(launch)") == 0)
            defer { _ = system("umount -l \(launch)") }
            try await live.rig.engine.start(instance.id)
            await live.provisioner.reconcile()
            let script = "echo begun; dd if=/dev/zero of=/var/lib/sloop/launch/filler bs=4k 2> /dev/null; exit 5"
            let under = try await live.provisioner.launches.rerun("web", script: script)
            _ = try await live.output(until: "begun\n")
            // The wrapper has seen the end, and cannot write it.
            let ended = "until ! pgrep -x dd > /dev/null; do sleep 0.02; done; sleep 1.5"
            _ = try await live.rig.shell(instance, ended)
            #expect(
                try await live.provisioner.operations.wait(
                    under.operation.id, knownPhase: nil, upTo: .zero
                ).operation.isOver == false)
            _ = try await live.rig.shell(instance, "rm /var/lib/sloop/launch/filler")
            try await live.complete(under.operation)
            let run = try await live.output().run
            #expect(run.status == .failed && run.exitCode == 5)
            try await live.rig.engine.stop(instance.id)
        }
    }
}
