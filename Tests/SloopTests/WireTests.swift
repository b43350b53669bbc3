import Foundation
import Testing

/// The API as a program sees it that is not ours.
@Suite(.needsSandbox) struct WireTests {
    private func post(_ daemon: Daemon, _ target: String, _ body: String) throws -> (
        status: String, json: [String: Any]
    ) {
        let run = try Daemon.run(
            "/usr/bin/curl",
            [
                "-s", "--unix-socket", daemon.socket, "-H", "X-Amz-Target: \(target)", "-H",
                "Content-Type: application/x-amz-json-1.1", "-d", body, "-w",
                "\n%{http_code} %header{x-amzn-errortype}",
                "http://sloop/",
            ], [:], in: daemon.folder)
        let lines = run.out.split(separator: "\n", omittingEmptySubsequences: false)
        let json = try JSONSerialization.jsonObject(with: Data(lines.dropLast().joined(separator: "\n").utf8))
        return (String(lines.last ?? ""), try #require(json as? [String: Any]))
    }

    @Test func aCallThatIsNotOfferedIsAnUnknownOperation() throws {
        let daemon = try Daemon()
        for target in ["Lightsail_20161128.CreateLoadBalancer", "Lightsail_20161128.Nonsense", "Nothing", ""] {
            let (status, json) = try post(daemon, target, "{}")
            #expect(status.hasPrefix("400"))
            #expect(json["__type"] as? String == "UnknownOperationException")
        }
    }

    @Test func aBodyThatIsNoJSONOrLacksAMemberIsRefusedByName() throws {
        let daemon = try Daemon()
        let (_, broken) = try post(daemon, "Lightsail_20161128.GetInstance", "{not json")
        #expect(broken["__type"] as? String == "SerializationException")
        let (_, empty) = try post(daemon, "Lightsail_20161128.GetInstance", "{}")
        #expect(empty["__type"] as? String == "InvalidInputException")
        #expect((empty["message"] as? String)?.contains("instanceName") == true)
        let (_, wrong) = try post(daemon, "Lightsail_20161128.GetInstance", #"{"instanceName": 7}"#)
        #expect(wrong["__type"] as? String == "SerializationException")
    }

    @Test func whatIsNotThereIsNotFound() throws {
        let daemon = try Daemon()
        let (status, json) = try post(daemon, "Lightsail_20161128.GetInstance", #"{"instanceName": "nobody"}"#)
        #expect(status.hasPrefix("400"))
        #expect(json["__type"] as? String == "NotFoundException")
        for member in ["code", "docs", "message", "tip"] { #expect(json[member] is String) }
    }

    @Test func anInstanceHasTheMembersThatLightsailsClientsRead() throws {
        let daemon = try Daemon()
        try #require(
            try daemon.sloop(
                "instance", "create", "web", "--blueprint", "sandbox", "--plan", "nano_3_0", "--tag", "team=blue"
            ).code == 0)
        let (_, json) = try post(daemon, "Lightsail_20161128.GetInstance", #"{"instanceName": "web"}"#)
        let instance = try #require(json["instance"] as? [String: Any])
        #expect((instance["state"] as? [String: Any])?["code"] as? Int == 16)
        #expect((instance["state"] as? [String: Any])?["name"] as? String == "running")
        #expect(instance["bundleId"] as? String == "nano_3_0")
        #expect(instance["createdAt"] is Double)
        #expect((instance["tags"] as? [[String: String]]) == [["key": "team", "value": "blue"]])
        let (_, second) = try post(daemon, "Lightsail_20161128.GetInstance", #"{"instanceName": "web"}"#)
        #expect(NSDictionary(dictionary: json) == NSDictionary(dictionary: second))
    }
}
