import Foundation
import SloopEngine
import SloopModel
import Testing

@testable import SloopProvisioner

/// What the shell that runs a script does by itself, to start no program, makes no difference that can be seen.
@Suite(.needsSandbox) struct LaunchShellTests {
    /// All that a script might see of the shell that read it.
    private static let nosy = """
        #!/bin/sh
        echo "$# $* ${1-none} ${l-none} ${p-none} ${code-none} $? $(umask) $PWD $IFS"
        set | sed 's/=.*//' | sort
        ls /dev/fd | wc -l
        alias; trap; cat; jobs
        [ -t 0 ] || echo no terminal
        echo old > twice; echo new > twice; rm twice
        no-such-command
        trap 'echo bye; exit 9' EXIT
        false | true
        echo $? >&2
        readonly l=1
        exec 3> /dev/null
        exit 4

        """

    @Test func aScriptForShCannotTellThatTheShellThatWasThereReadsIt() async throws {
        try await Live.with { live in
            try await live.make()
            var outputs: [String] = []
            for end in ["", "# its own process: $$\n"] {
                let script = LaunchShellTests.nosy.replacing("exit 4\n", with: "exit 4\n" + end)
                let (run, text) = try await live.rerun(script)
                #expect(run.exitCode == 9)
                // Both name the file and the line, in another order.
                let complaint = try #require(text.split(separator: "\n").first { $0.contains("no-such-command") })
                #expect(complaint.contains("\(MachinePaths.launch)/\(run.id).script") && complaint.contains(": 8: "))
                outputs.append(text.replacing(complaint, with: ""))
            }
            #expect(outputs[0] == outputs[1])
            #expect(outputs[0].contains("no terminal\n") && outputs[0].hasSuffix("bye\n"))
        }
    }

    @Test(arguments: [
        "printf ''", "printf '\\n\\n  a\\\\b\\t \\n\\n'", "printf ' no end '", "printf 'caf\\303\\251 \\377\\n'",
        "printf 'a\\000b\\n'", "printf '\\000'", "printf %01000d 7", "printf %01001d 7",
        "echo lost; echo kept > /dev/stderr",
        "echo -n -e; echo '%s \\n'", "(sleep 0.1; echo late) & echo now; wait",
    ])
    func shortOutputComesAsItIs(_ script: String) async throws {
        try await Live.with { live in
            let instance = try await live.make()
            let run = try await live.rerun(script).run
            let here = try await live.provisioner.launches.log(of: "web", run: run.id, from: 0, upTo: .zero).data
            let folder = live.rig.path(instance).appending(path: "sloop/launch/\(run.id).output")
            let there = try Data(contentsOf: folder)
            #expect(run.status == .succeeded && here == there)
        }
    }

    @Test func anotherProcessWithTheIdOfTheOneThatRanItIsNotTakenForIt() async throws {
        try await Rig.with { rig in
            let instance = try await rig.make()
            let run = LaunchID()
            let files = LaunchProtocol.files(run)
            let follow = LaunchProtocol.follow(run, from: 0, room: 100)
            // The shell that follows has the run in its words, too.
            let command = "echo $$ > \(files).process; echo half > \(files).output; { \(follow); } 2>&1"
            #expect(try await rig.shell(instance, command) == "half\ninterrupted\n")
        }
    }
}
