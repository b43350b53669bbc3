import Foundation
import LightsailAPI
import SloopModel
import Testing

@Suite struct InstanceCreateTests {
    /// The replies to a creation whose launch script ends so.
    private func creation(_ launch: SloopAPI.LaunchDetails) -> [(any LightsailOperation.Type, [Reply])] {
        let pending = Sample.instance("web") {
            $0.state = "pending"
            $0.runningAt = nil
            $0.reachableAt = nil
        }
        let reachable = Sample.instance("web") { $0.launch = Sample.launch("running") }
        let done = Sample.instance("web") { $0.launch = launch }
        return [
            (Lightsail.CreateInstances.self, [.ok(Sample.started)]),
            (
                SloopAPI.WaitForOperation.self,
                [
                    .ok(["operation": Sample.operation("Started", phase: "make machine")]),
                    .ok(["operation": Sample.operation("Started", phase: "run script")]),
                    .ok(["operation": Sample.operation("Succeeded")]),
                ]
            ),
            (SloopAPI.GetInstanceDetails.self, [pending, reachable, done].map { .ok(["instance": $0]) }),
            (
                SloopAPI.GetLaunchLog.self,
                [
                    .ok(Sample.log("hel", from: 0, Sample.launch("running"))),
                    .ok(Sample.log("lo\n\nworld", from: 3, launch)), .ok(Sample.log("", from: 12, launch)),
                ]
            ),
        ]
    }

    @Test func aCreationShowsItsPhasesAndTheOutputOfItsScript() async throws {
        try await FakeSloop.run(creation(Sample.launch("succeeded", exitCode: 0))) { fake in
            let script = try fake.write("setup.sh", "echo hello\n")
            let outcome = await sloop(
                "instance", "create", "web", "--blueprint", "sandbox", "--plan", "nano", "--key", "mine",
                "--script", script, "--tag", "stage=te=st", "--tag", "blue", on: fake)
            #expect(
                outcome.output == """
                    │ hello
                    │\u{20}
                    │ world
                    web runs at 127.77.0.1:2222 for 5.00 USD a month; log in with 'sloop ssh web'

                    """)
            #expect(
                outcome.error == """
                    web: accepted
                    web: running 0.21 s
                    web: ssh 0.50 s
                    web: script succeeded 1.85 s

                    """)
            #expect(outcome.code == 0)
            #expect(
                fake.bodies(Lightsail.CreateInstances.self) == [
                    #"{"availabilityZone":"any","blueprintId":"sandbox","bundleId":"nano","#
                        + #""instanceNames":["web"],"keyPairName":"mine","#
                        + #""tags":[{"key":"stage","value":"te=st"},{"key":"blue"}],"userData":"echo hello\n"}"#
                ])
        }
    }

    @Test func aScriptThatFailsIsAnErrorThoughTheInstanceRuns() async throws {
        try await FakeSloop.run(creation(Sample.launch("failed", exitCode: 3))) { fake in
            let outcome = await sloop("instance", "create", "web", "--blueprint", "b", "--plan", "p", on: fake)
            #expect(outcome.output.contains("web runs at 127.77.0.1:2222"))
            #expect(
                outcome.error.hasSuffix(
                    """
                    web: script failed(3) 1.85 s
                    error: the launch script of 'web' failed with exit code 3
                    tip: read 'sloop instance logs web', then 'sloop instance rerun web'

                    """))
            #expect(outcome.code == 4)
        }
    }

    @Test func forProgramsStandardOutputHasOneDocument() async throws {
        try await FakeSloop.run(creation(Sample.launch("succeeded", exitCode: 0))) { fake in
            let outcome = await sloop(
                "instance", "create", "web", "--blueprint", "b", "--plan", "p", "-o", "json", on: fake)
            #expect(outcome.value("launch.exitCode") as? Int == 0)
            #expect(outcome.error.contains("│ hello\n"))
        }
    }

    @Test func onATerminalTheProgressIsOneLine() async throws {
        try await FakeSloop.run(creation(Sample.launch("succeeded", exitCode: 0))) { fake in
            let outcome = await sloop(
                "instance", "create", "web", "--blueprint", "b", "--plan", "p", on: fake, isTTY: true,
                environment: ["NO_COLOR": "1"])
            let start = "\r\u{1B}[Kweb: accepted"
            #expect(
                outcome.error == "\(start) · make machine …\(start) · running 0.21 s · ssh 0.50 s · run script …"
                    + "\(start) · running 0.21 s · ssh 0.50 s · script …"
                    + "\r\u{1B}[K\(start) · running 0.21 s · ssh 0.50 s · script succeeded 1.85 s\n")
        }
    }

    @Test func aCreationThatFailsSaysWhyAndNothingRuns() async throws {
        let gone = Reply.error(SloopError(.notFound, "no instance 'web'"))
        try await FakeSloop.run([
            (Lightsail.CreateInstances.self, [.ok(Sample.started)]),
            (
                SloopAPI.WaitForOperation.self,
                [
                    .ok(["operation": Sample.operation("Started", phase: "make machine")]),
                    .ok(["operation": Sample.operation("Failed", error: "the disk is full")]),
                ]
            ), (SloopAPI.GetInstanceDetails.self, [gone]),
        ]) { fake in
            let outcome = await sloop("instance", "create", "web", "--blueprint", "b", "--plan", "p", on: fake)
            #expect(outcome.output == "")
            #expect(
                outcome.error == """
                    web: accepted
                    error: create-instance of 'web' failed: the disk is full
                    tip: sloop operation list --resource web

                    """)
            #expect(outcome.code == 1)
        }
    }

    /// While the server restarts, a creation goes on: only the call that starts it is made once.
    @Test func aServerThatGoesAwayMeanwhileIsWaitedFor() async throws {
        var replies = creation(Sample.launch("succeeded", exitCode: 0))
        replies[1].1.insert(.hangUp, at: 1)
        replies[3].1.insert(.hangUp, at: 1)
        try await FakeSloop.run(replies) { fake in
            let outcome = await sloop("instance", "create", "web", "--blueprint", "b", "--plan", "p", on: fake)
            #expect(outcome.code == 0)
            #expect(outcome.output.hasPrefix("│ hello\n│ \n│ world\n"))
            #expect(outcome.error.contains("sloop does not answer; waiting for it to come back\n"))
            #expect(fake.bodies(Lightsail.CreateInstances.self).count == 1)
        }
    }

    @Test func aCallThatChangesSomethingIsNotRepeated() async throws {
        try await FakeSloop.run([(Lightsail.CreateInstances.self, [.hangUp])]) { fake in
            let outcome = await sloop("instance", "create", "web", "--blueprint", "b", "--plan", "p", on: fake)
            #expect(outcome.code == 6)
            #expect(outcome.error.hasPrefix("error: sloop at \(fake.socket) went away during CreateInstances\n"))
            #expect(fake.calls == ["CreateInstances"])
        }
    }

    @Test(arguments: [
        ("empty.sh", "", "is empty"),
        ("blank.sh", " \n\n", "is blank"),
        ("long.sh", String(repeating: "#", count: 16_385), "has 16385 bytes, and the limit is 16384"),
        ("binary", "\u{7F}ELF\0\0", "is binary"),
    ])
    func aScriptThatCannotRunIsRefusedBeforeAnythingIsSent(_ name: String, _ text: String, _ what: String) async throws
    {
        try await FakeSloop.run { fake in
            _ = try fake.write(name, text)
            let outcome = await sloop(
                "instance", "create", "web", "--blueprint", "b", "--plan", "p", "--script", name, on: fake)
            #expect(outcome.error.hasPrefix("error: the launch script '\(name)' \(what)\ntip: "))
            #expect(outcome.code == 2)
            #expect(fake.calls == [])
        }
    }

    @Test(arguments: [
        ("none.sh", "cannot be read: no such file or directory"), (".", "is a directory"),
        // It says that it has no bytes, and never ends.
        ("/dev/zero", "has more than 16384 bytes, which is the limit"),
    ])
    func aScriptThatIsNoFileIsRefused(_ name: String, _ what: String) async throws {
        try await FakeSloop.run { fake in
            let outcome = await sloop(
                "instance", "create", "web", "--blueprint", "b", "--plan", "p", "--script", name, on: fake)
            #expect(outcome.error.hasPrefix("error: the launch script '\(name)' \(what)\n"))
            #expect(outcome.code == 2)
        }
    }

    @Test func aScriptOfTheVeryLimitIsSent() async throws {
        let error = Reply.error(SloopError(.invalidInput, "no plan 'p'", tip: "sloop plan list"))
        try await FakeSloop.run([(Lightsail.CreateInstances.self, [error])]) { fake in
            let script = try fake.write("full.sh", String(repeating: "#", count: 16_384))
            let outcome = await sloop(
                "instance", "create", "web", "--blueprint", "b", "--plan", "p", "--script", script, on: fake)
            #expect(outcome.error == "error: no plan 'p'\ntip: sloop plan list\n")
            #expect(outcome.code == 2)
        }
    }
}
