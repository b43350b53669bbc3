import SloopModel
import SloopStore
import Testing

@testable import SloopProvisioner

/// What is wrong with a request for instances is refused, and leaves nothing in the store.
@Suite(.needsSandbox) struct InstanceRefusalTests {
    private func request(
        _ names: [String] = ["web"], blueprint: String = "sandbox", bundle: String = "nano",
        keyPair: String? = nil, script: String? = nil, tags: [String: String] = [:]
    ) -> InstanceService.Request {
        InstanceService.Request(
            names: names, blueprint: blueprint, bundle: bundle, keyPair: keyPair, script: script, tags: tags)
    }

    private func refuses(_ requests: [(SloopError.Code, InstanceService.Request)]) async throws {
        try await Rig.with { rig in
            try await rig.make("taken")
            let before = try await rig.picture()
            for (code, request) in requests {
                await expect(code, "accepted: \(request)") { try await rig.instances.create(request) }
                #expect(try await rig.picture() == before, "\(request)")
            }
            // Neither the names nor the addresses of what was refused are taken.
            try await rig.run(try await rig.instances.create(request(["web"]))[0].id)
            try await rig.run(try await rig.instances.create(request(["other"]))[0].id)
            #expect(try await rig.store.read { try $0.addressSlots() } == [0, 1, 2])
            try await rig.check("after refusals")
        }
    }

    @Test func names() async throws {
        let bad = [
            "", "a", String(repeating: "a", count: 256), "../x", "a b", "-rf", "web-", ".hidden", "wëb", "網站", "a/b",
            "a\nb", "a\0b", "web;reboot", "$(id)", "🚀🚀",
        ]
        try await refuses(
            bad.map { (.invalidInput, request([$0])) } + bad.map { (.invalidInput, request(["other", $0])) })
    }

    @Test func allOrNothing() async throws {
        try await refuses([
            (.invalidInput, request([])),
            (.invalidInput, request(["web", "other", "web"])),
            (.nameExists, request(["taken"])),
            (.nameExists, request(["web", "taken", "other"])),
            // A name is one resource, whatever its kind.
            (.nameExists, request(["web", "laptop"])),
        ])
    }

    @Test func unknownThings() async throws {
        try await refuses([
            (.invalidInput, request(blueprint: "plan9")),
            (.invalidInput, request(blueprint: "")),
            (.invalidInput, request(bundle: "enormous")),
            (.invalidInput, request(bundle: "nano_9_0")),
            (.notFound, request(["web", "other"], keyPair: "nobody")),
            (.notFound, request(keyPair: "taken")),
            (.notOffered, request(blueprint: "debian-12")),
            (.notOffered, request(blueprint: "wordpress")),
        ])
    }

    @Test func scripts() async throws {
        try await refuses([
            (.invalidInput, request(script: " \n\t\n")),
            (.invalidInput, request(script: "#!/bin/sh\r\necho hello\r\n")),
            (.invalidInput, request(script: "\u{7F}ELF\0\0\u{1}")),
            (.invalidInput, request(script: "#" + String(repeating: "x", count: LaunchScript.limit))),
            (.invalidInput, request(script: "#" + String(repeating: "ü", count: LaunchScript.limit / 2))),
            (.invalidInput, request(script: "#" + String(repeating: "x", count: 1 << 20))),
        ])
    }

    @Test func tags() async throws {
        let many = Dictionary(uniqueKeysWithValues: (0..<51).map { ("tag\($0)", "") })
        try await refuses([
            (.invalidInput, request(tags: ["": "x"])),
            (.invalidInput, request(tags: ["aws:mine": "x"])),
            (.invalidInput, request(tags: ["k": String(repeating: "x", count: 257)])),
            (.invalidInput, request(tags: ["a\nb": "x"])),
            (.invalidInput, request(tags: many)),
        ])
    }

    @Test func theLongestNameAndScriptAreTaken() async throws {
        try await Live.with { live in
            let name = String(repeating: "a", count: 255)
            let script = "echo hello\n#" + String(repeating: "x", count: LaunchScript.limit - 12)
            #expect(script.utf8.count == LaunchScript.limit)
            let instance = try await live.make(name, script: script)
            #expect(try await live.output(of: name).text == "hello\n")
            #expect(try await live.rig.opens(instance, live.rig.key))
            #expect(try await live.rig.shell(instance, "hostname") == name.prefix(63) + "\n")
            // An empty script is no script.
            try await live.make("bare", script: "")
            #expect(try await live.provisioner.instances.find("bare").launch == nil)
        }
    }
}
