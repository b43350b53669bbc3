import Foundation
import LightsailAPI
import SloopModel
import Testing

@Suite struct InstanceTests {
    @Test func instancesAreListedWithTheResultOfTheirLaunchScript() async throws {
        let instances = SloopAPI.ListInstanceDetails.Output(instances: [
            Sample.instance("web") {
                $0.keyPair = "mine"
                $0.launch = Sample.launch("failed", exitCode: 3)
            },
            Sample.instance("database") {
                $0.state = "stopped"
                $0.publicAddress = "10.0.0.7"
                $0.port = 22
            },
        ])
        try await FakeSloop.run([(SloopAPI.ListInstanceDetails.self, [.ok(instances)])]) { fake in
            #expect(
                await sloop("instance", "list", on: fake).output == """
                    NAME      STATE    BLUEPRINT  PLAN  USD/MONTH  ADDRESS          KEY   LAUNCH     AGE
                    web       running  sandbox    nano       5.00  127.77.0.1:2222  mine  failed(3)   3h
                    database  stopped  sandbox    nano       5.00  10.0.0.7         -     -           3h

                    """)
        }
    }

    @Test func coloursAreForTerminalsThatWantThem() async throws {
        let instances = SloopAPI.ListInstanceDetails.Output(instances: [Sample.instance("web")])
        try await FakeSloop.run([(SloopAPI.ListInstanceDetails.self, [.ok(instances)])]) { fake in
            let painted = await sloop("instance", "list", on: fake, isTTY: true)
            #expect(painted.output.contains("\u{1B}[32mrunning\u{1B}[0m"))
            let plain = await sloop("instance", "list", on: fake, isTTY: true, environment: ["NO_COLOR": "1"])
            #expect(!plain.output.contains("\u{1B}"))
        }
    }

    @Test func anInstanceIsShownWithItsPhasesAndItsScript() async throws {
        let details = Sample.instance("web") {
            $0.keyPair = "mine"
            $0.tags = ["stage": "test", "blue": ""]
            $0.url = "http://127.77.0.1:8080/"
            $0.launch = Sample.launch("failed", exitCode: 3, tail: "one\ntwo\n")
            $0.pendingRotations = ["key pair mine: out of reach"]
        }
        try await FakeSloop.run([(SloopAPI.GetInstanceDetails.self, [.ok(["instance": details])])]) { fake in
            #expect(
                await sloop("instance", "show", "web", on: fake).output == """
                    instance:      web
                    state:         running
                    id:            id-web
                    blueprint:     sandbox
                    plan:          nano, 5.00 USD a month
                    address:       127.77.0.1
                    port:          2222
                    user:          sloop
                    key pair:      mine
                    page:          http://127.77.0.1:8080/
                    tags:          blue stage=test
                    created:       2026-11-24 09:00:00 UTC
                    running after: 0.21 s
                    ssh after:     0.50 s
                    launch script: failed with exit code 3 after 1.25 s
                    its output:    one
                                   two
                    host key:      ssh-ed25519 AAAAHOST
                    waiting:       key pair mine: out of reach

                    """)
            #expect(fake.bodies(SloopAPI.GetInstanceDetails.self) == [#"{"instanceName":"web"}"#])
        }
    }

    @Test func anInstanceForProgramsHasTheNamesThatScriptsRelyOn() async throws {
        let details = Sample.instance("web") { $0.launch = Sample.launch("failed", exitCode: 3) }
        try await FakeSloop.run([(SloopAPI.GetInstanceDetails.self, [.ok(["instance": details])])]) { fake in
            let outcome = await sloop("instance", "show", "web", "--output", "json", on: fake)
            #expect(outcome.value("state") as? String == "running")
            #expect(outcome.value("publicAddress") as? String == "127.77.0.1")
            #expect(outcome.value("port") as? Int == 2222)
            #expect(outcome.value("username") as? String == "sloop")
            #expect(outcome.value("launch.status") as? String == "failed")
            #expect(outcome.value("launch.exitCode") as? Int == 3)
            #expect(outcome.value("launch.startedAt") as? String == "2026-11-24T09:00:00.600Z")
            #expect(outcome.value("launch.endedAt") as? String == "2026-11-24T09:00:01.850Z")
        }
    }

    @Test(arguments: [
        ("start", Lightsail.StartInstance.self as any LightsailOperation.Type, "web runs\n"),
        ("stop", Lightsail.StopInstance.self, "web is stopped\n"),
        ("reboot", Lightsail.RebootInstance.self, "web was rebooted\n"),
        ("delete", Lightsail.DeleteInstance.self, "web is deleted\n"),
    ])
    func aChangeIsSaidOnceItIsTrue(_ verb: String, _ call: any LightsailOperation.Type, _ text: String) async throws {
        let steps: [Reply] = [Sample.operation("Started", phase: "a step"), Sample.operation("Succeeded")]
            .map { .ok(["operation": $0]) }
        try await FakeSloop.run([(call, [.ok(Sample.started)]), (SloopAPI.WaitForOperation.self, steps)]) { fake in
            let outcome = await sloop("instance", verb, "web", on: fake)
            #expect(outcome.output == text)
            #expect(outcome.code == 0)
            #expect(fake.bodies(call) == [#"{"instanceName":"web"}"#])
            #expect(
                fake.bodies(SloopAPI.WaitForOperation.self) == [
                    #"{"operationId":"op-1","waitSeconds":0}"#,
                    #"{"knownPhase":"a step","operationId":"op-1","waitSeconds":20}"#,
                ])
        }
    }

    @Test func whoDoesNotWaitIsToldTheOperation() async throws {
        let step = Reply.ok(["operation": Sample.operation("Started", phase: "a step", kind: "stop-instance")])
        try await FakeSloop.run([
            (Lightsail.StopInstance.self, [.ok(Sample.started)]), (SloopAPI.WaitForOperation.self, [step]),
        ]) { fake in
            let outcome = await sloop("instance", "stop", "web", "--no-wait", on: fake)
            #expect(outcome.output == "stop-instance of web goes on as operation op-1\n")
        }
    }

    @Test(arguments: [("Failed", "failed", "sloop operation list --resource web"), ("Stuck", "is stuck", "look at it")])
    func anOperationThatFailsSaysWhy(_ status: String, _ word: String, _ tip: String) async throws {
        let failed = Reply.ok(["operation": Sample.operation(status, error: "no space left", kind: "stop-instance")])
        try await FakeSloop.run([
            (Lightsail.StopInstance.self, [.ok(Sample.started)]), (SloopAPI.WaitForOperation.self, [failed]),
        ]) { fake in
            let outcome = await sloop("instance", "stop", "web", on: fake)
            #expect(outcome.error.hasPrefix("error: stop-instance of 'web' \(word): no space left\ntip: \(tip)"))
            #expect(outcome.output == "")
            #expect(outcome.code == 1)
        }
    }

    @Test func theLogIsPrintedAsItIs() async throws {
        let launch = Sample.launch("succeeded", exitCode: 0)
        try await FakeSloop.run([
            (
                SloopAPI.GetLaunchLog.self,
                [.ok(Sample.log("one\ntw", from: 0, launch)), .ok(Sample.log("", from: 6, launch))]
            )
        ]) { fake in
            let outcome = await sloop("instance", "logs", "web", on: fake)
            #expect(outcome.output == "one\ntw")
            #expect(outcome.error == "launch script of web: succeeded after 1.25 s\n")
            #expect(
                fake.bodies(SloopAPI.GetLaunchLog.self) == [
                    #"{"instanceName":"web","offset":0,"waitSeconds":0}"#,
                    #"{"instanceName":"web","offset":6,"runId":"run-1","waitSeconds":0}"#,
                ])
        }
    }

    @Test func aFollowedLogGoesOnUntilTheScriptHasEnded() async throws {
        let running = Sample.launch("running")
        let over = Sample.launch("failed", exitCode: 143)
        try await FakeSloop.run([
            (
                SloopAPI.GetLaunchLog.self,
                [
                    .ok(Sample.log("one\n", from: 0, running)), .ok(Sample.log("", from: 4, running)),
                    .ok(Sample.log("two\n", from: 4, over)), .ok(Sample.log("", from: 8, over)),
                ]
            )
        ]) { fake in
            let outcome = await sloop("instance", "logs", "web", "--follow", "-o", "json", on: fake)
            #expect(outcome.json?["output"] as? String == "one\ntwo\n")
            #expect(outcome.json?["exitCode"] as? Int == 143)
            #expect(outcome.error == "")
        }
    }

    @Test func aRerunShowsItsOutputAndFailsWithTheScript() async throws {
        let over = Sample.launch("failed", exitCode: 9)
        try await FakeSloop.run([
            (SloopAPI.RerunLaunchScript.self, [.ok(["runId": "run-1", "operationId": "op-1"])]),
            (
                SloopAPI.GetLaunchLog.self,
                [.ok(Sample.log("again", from: 0, over)), .ok(Sample.log("", from: 5, over))]
            ),
        ]) { fake in
            let script = try fake.write("again.sh", "echo again\nexit 9\n")
            let outcome = await sloop("instance", "rerun", "web", "--script", script, on: fake)
            #expect(
                outcome.output == "│ again\nthe launch script of web failed with exit code 9 after 1.25 s\n")
            #expect(outcome.code == 4)
            #expect(
                fake.bodies(SloopAPI.RerunLaunchScript.self)
                    == [#"{"instanceName":"web","script":"echo again\nexit 9\n"}"#])
        }
    }
}
