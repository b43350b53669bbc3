import Foundation
import LightsailAPI
import SloopModel
import Testing

@Suite struct AccessKeyTests {
    private static let details = SloopAPI.APIAccessKeyDetails(
        accessKeyId: "AKIAABCDEFGHIJKLMNOP", account: "blue", status: "enabled", createdAt: noon - 60)

    private static func made(_ endpoint: String?) -> [(any LightsailOperation.Type, [Reply])] {
        let output = SloopAPI.CreateAPIAccessKey.Output(
            accessKey: details, secretAccessKey: "secret", region: "us-east-1", endpoint: endpoint)
        return [(SloopAPI.CreateAPIAccessKey.self, [.ok(output)])]
    }

    @Test func aNewKeyIsShownAsCommandsThatUseIt() async throws {
        try await FakeSloop.run(Self.made("http://127.0.0.1:9000")) { fake in
            let outcome = await sloop("access-key", "create", "--account", "blue", on: fake)
            #expect(
                outcome.output == """
                    export AWS_ACCESS_KEY_ID=AKIAABCDEFGHIJKLMNOP
                    export AWS_SECRET_ACCESS_KEY=secret
                    export AWS_DEFAULT_REGION=us-east-1
                    aws lightsail get-instances --endpoint-url http://127.0.0.1:9000

                    """)
            #expect(
                outcome.error == "this is the only time that the secret of AKIAABCDEFGHIJKLMNOP is shown\n")
            #expect(fake.bodies(SloopAPI.CreateAPIAccessKey.self) == [#"{"account":"blue"}"#])
        }
    }

    @Test func aServerWithoutAPortIsSaid() async throws {
        try await FakeSloop.run(Self.made(nil)) { fake in
            let outcome = await sloop("access-key", "create", on: fake)
            #expect(outcome.output.hasSuffix("--endpoint-url http://127.0.0.1:8080\n"))
            #expect(outcome.error.contains("sloop serve --listen 127.0.0.1:8080"))
            #expect(fake.bodies(SloopAPI.CreateAPIAccessKey.self) == [#"{"account":"default"}"#])
        }
    }

    @Test func aNewKeyForProgramsIsOneDocument() async throws {
        try await FakeSloop.run(Self.made("http://127.0.0.1:9000")) { fake in
            let outcome = await sloop("access-key", "create", "--account", "blue", "-o", "json", on: fake)
            #expect(outcome.value("accessKeyId") as? String == "AKIAABCDEFGHIJKLMNOP")
            #expect(outcome.value("secretAccessKey") as? String == "secret")
            #expect(outcome.value("endpoint") as? String == "http://127.0.0.1:9000")
            #expect(outcome.error == "")
        }
    }

    @Test func keysAreListed() async throws {
        var used = Self.details
        used.status = "disabled"
        used.lastUsedAt = noon - 5
        let output = SloopAPI.ListAPIAccessKeys.Output(accessKeys: [Self.details, used])
        try await FakeSloop.run([(SloopAPI.ListAPIAccessKeys.self, [.ok(output)])]) { fake in
            #expect(
                await sloop("access-key", "list", on: fake).output == """
                    ACCESS KEY            ACCOUNT  STATUS    LAST USED  AGE
                    AKIAABCDEFGHIJKLMNOP  blue     enabled           -  60s
                    AKIAABCDEFGHIJKLMNOP  blue     disabled         5s  60s

                    """)
        }
    }

    @Test func aKeyIsEnabledDisabledAndDeleted() async throws {
        let result = Reply.ok(SloopAPI.APIAccessKeyResult(accessKey: Self.details))
        let replies: [(any LightsailOperation.Type, [Reply])] = [
            (SloopAPI.SetAPIAccessKeyStatus.self, [result]), (SloopAPI.DeleteAPIAccessKey.self, [result]),
        ]
        try await FakeSloop.run(replies) { fake in
            let id = "AKIAABCDEFGHIJKLMNOP"
            #expect(await sloop("access-key", "disable", id, on: fake).output == "access key \(id) is disabled\n")
            #expect(await sloop("access-key", "enable", id, on: fake).output == "access key \(id) is enabled\n")
            #expect(await sloop("access-key", "delete", id, on: fake).output == "access key \(id) is deleted\n")
            #expect(
                fake.bodies(SloopAPI.SetAPIAccessKeyStatus.self)
                    == [#"{"accessKeyId":"\#(id)","enabled":false}"#, #"{"accessKeyId":"\#(id)","enabled":true}"#])
        }
    }
}
