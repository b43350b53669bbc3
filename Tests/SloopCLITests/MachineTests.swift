import LightsailAPI
import SloopModel
import Testing

@Suite struct MachineTests {
    @Test func theConsoleIsPrintedAsItIs() async throws {
        let console = SloopAPI.GetInstanceConsole.Output(instance: "web", log: "one\ntwo\n")
        try await FakeSloop.run([(SloopAPI.GetInstanceConsole.self, [.ok(console)])]) { fake in
            #expect(await sloop("instance", "console", "web", on: fake).output == "one\ntwo\n")
            #expect(await sloop("instance", "console", "web", "--log", on: fake).output == "one\ntwo\n")
            let json = await sloop("instance", "console", "web", "--output", "json", on: fake)
            #expect(json.json as? [String: String] == ["instance": "web", "log": "one\ntwo\n"])
            #expect(fake.bodies(SloopAPI.GetInstanceConsole.self).first == #"{"instanceName":"web"}"#)
        }
    }

    @Test func anEmptyConsoleSaysSo() async throws {
        let console = SloopAPI.GetInstanceConsole.Output(instance: "web", log: "")
        try await FakeSloop.run([(SloopAPI.GetInstanceConsole.self, [.ok(console)])]) { fake in
            let outcome = await sloop("instance", "console", "web", on: fake)
            #expect(outcome.output == "")
            #expect(outcome.error == "the console of web is empty\n")
        }
    }

    @Test func secretsAreShownAndNothingElse() async throws {
        let secrets = SloopAPI.GetInstanceSecrets.Output(
            instance: "web",
            secrets: [
                .init(name: "admin_password", value: "Zk3=_x"), .init(name: "database_password", value: "q"),
            ])
        try await FakeSloop.run([(SloopAPI.GetInstanceSecrets.self, [.ok(secrets)])]) { fake in
            #expect(
                await sloop("instance", "show", "web", "--secrets", on: fake).output == """
                    SECRET             VALUE
                    admin_password     Zk3=_x
                    database_password  q

                    """)
            let json = await sloop("instance", "show", "web", "--secrets", "-o", "json", on: fake)
            #expect((json.value("secrets") as? [[String: String]])?.first?["value"] == "Zk3=_x")
            #expect(fake.calls == ["GetInstanceSecrets", "GetInstanceSecrets"])
        }
    }

    @Test func anInstanceWithoutSecretsSaysSo() async throws {
        let secrets = SloopAPI.GetInstanceSecrets.Output(instance: "web", secrets: [])
        try await FakeSloop.run([(SloopAPI.GetInstanceSecrets.self, [.ok(secrets)])]) { fake in
            let outcome = await sloop("instance", "show", "web", "--secrets", on: fake)
            #expect(outcome.output == "web has no secrets\n")
            #expect(outcome.code == 0)
        }
    }
}
