import Foundation
import LightsailAPI
import Testing

/// Two accounts on one server, of which one asks for what the other has, by every call of Lightsail's.
@Suite(.needsSandbox) struct AccountWallTests {
    /// What a call is given, by the name of the member: the names are those of the other account's resources.
    private static func members(operation: String, arn: String) -> [String: String] {
        [
            "instanceName": #""web""#, "resourceName": #""web""#, "monitoredResourceName": #""web""#,
            "instanceNames": #"["web"]"#, "keyPairName": #""mine""#, "alarmName": #""cpu""#, "diskName": #""data""#,
            "staticIpName": #""address""#, "instanceSnapshotName": #""web-1""#, "sourceSnapshotName": #""web-1""#,
            "diskSnapshotName": #""data-1""#, "targetSnapshotName": #""copy""#, "operationId": "\"\(operation)\"",
            "resourceArn": "\"\(arn)\"", "availabilityZone": #""us-east-1a""#, "sourceRegion": #""us-east-1""#,
            "blueprintId": #""none""#, "bundleId": #""nano_3_0""#, "sizeInGb": "8", "diskPath": #""/dev/xvdf""#,
            "period": "300", "startTime": "1", "endTime": "2", "statistics": #"["Average"]"#, "unit": #""Percent""#,
            "metricName": #""CPUUtilization""#, "evaluationPeriods": "1", "threshold": "1", "state": #""ALARM""#,
            "comparisonOperator": #""GreaterThanThreshold""#, "protocol": #""Email""#, "tagKeys": #"["team"]"#,
            "tags": #"[{"key":"team","value":"blue"}]"#, "date": #""2026-11-24""#, "addOnType": #""AutoSnapshot""#,
            "addOnRequest": #"{"addOnType":"AutoSnapshot"}"#, "portInfos": "[\(port)]", "portInfo": port, "scale": "1",
            "instancePort": "80", "domainNames": #"["a.example"]"#, "instances": "[]", "parameters": "[]",
            "defaultCacheBehavior": #"{"behavior":"cache"}"#, "origin": #"{"name":"web"}"#,
            "domainEntry": #"{"name":"a.example","type":"A","target":"127.0.0.1"}"#,
            "publicKeyBase64": #""no key""#, "ipAddressType": #""ipv4""#, "resourceType": #""Instance""#,
        ]
    }
    private static let port = #"{"fromPort":81,"toPort":81,"protocol":"tcp"}"#

    /// One of the accounts.
    private struct Side {
        let server: SignedPort
        let id: String
        let secret: String

        func call(_ name: String, _ body: String = "{}") throws -> RawConnection.Reply {
            try server.reply {
                ($0.id, $0.secret) = (id, secret)
                $0.target = "\(Lightsail.targetPrefix).\(name)"
                $0.body = Data(body.utf8)
            }
        }

        func text(_ name: String, _ body: String = "{}") throws -> String {
            String(decoding: try call(name, body).body, as: UTF8.self)
        }

        /// All that the account sees of itself.
        func everything() throws -> String {
            let lists = Lightsail.allOperations.filter { $0.requiredMembers.isEmpty && $0.name.hasPrefix("Get") }
            return try lists.map { "\($0.name) \(try text($0.name))" }.joined(separator: "\n")
        }
    }

    @Test func noCallReachesWhatAnotherAccountHas() throws {
        let server = try SignedPort()
        let blue = Side(server: server, id: server.id, secret: server.secret)
        let key = try server.daemon.json("access-key", "create", "--account", "red")
        let red = Side(
            server: server, id: try #require(key["accessKeyId"] as? String),
            secret: try #require(key["secretAccessKey"] as? String))
        let operation = try fill(red)
        defer { server.remove("web", id: red.id, secret: red.secret) }

        let before = try red.everything()
        let marks = Set(
            before.matches(
                of: /[0-9a-f]{8}-[0-9a-f-]{27}|SHA256:[A-Za-z0-9+\/]+|arn:aws:lightsail:[a-z0-9-]*:[0-9]{12}/
            )
            .map { String($0.output) })
        #expect(marks.count >= 5)
        let arn = try #require(before.firstMatch(of: /arn:aws:lightsail:us-east-1:[0-9]{12}:Instance\/[0-9a-f-]{36}/))
        let members = Self.members(operation: operation, arn: String(arn.output))
        let makers = ["Create", "Import", "Allocate"]
        let isMaker = { (name: String) in makers.contains { name.hasPrefix($0) } }
        // What makes a thing of the same name comes last: from then on the name is blue's own.
        let calls = Lightsail.allOperations.map { ($0.name, $0.requiredMembers) }.sorted {
            !isMaker($0.0) && isMaker($1.0)
        }
        for (name, required) in calls {
            for more in [[], ["resourceArn"]] where more.isEmpty || name.hasSuffix("Resource") {
                let body = (required + more).map { "\"\($0)\":\(members[$0] ?? #""web""#)" }.joined(separator: ",")
                let reply = try blue.call(name, "{\(body)}")
                #expect(reply.status == 200 || reply.isHonestRefusal, "\(name): \(reply.status)")
                // Else the call never looked for anything.
                #expect(reply.type != "SerializationException", "\(name): \(reply.json)")
                let text = String(decoding: reply.body, as: UTF8.self)
                #expect(
                    !marks.contains { text.contains($0) && !body.contains($0) }, "\(name) shows \(text.prefix(500))")
            }
        }
        #expect(try red.everything() == before)
        #expect(try server.failures() == "")
    }

    /// Makes one thing of each kind that can be had, and gives the id of an operation.
    private func fill(_ side: Side) throws -> String {
        let made = try side.call(
            "CreateInstances",
            #"{"instanceNames":["web"],"availabilityZone":"us-east-1a","blueprintId":"sandbox","bundleId":"nano_3_0"}"#)
        let operation = (made.json["operations"] as? [[String: Any]])?.first
        let id = try #require(operation?["id"] as? String, "\(made.json)")
        let end = Date() + 60
        while try !side.text("GetOperation", #"{"operationId":"\#(id)"}"#).contains("Succeeded") {
            try #require(Date() < end)
            usleep(20_000)
        }
        for (name, body) in [
            ("CreateKeyPair", #"{"keyPairName":"mine"}"#),
            ("TagResource", #"{"resourceName":"web","tags":[{"key":"team","value":"red"}]}"#),
            (
                "PutAlarm",
                #"{"alarmName":"cpu","monitoredResourceName":"web","metricName":"CPUUtilization","#
                    + #""comparisonOperator":"GreaterThanThreshold","threshold":99,"evaluationPeriods":1}"#
            ),
        ] {
            let reply = try side.call(name, body)
            #expect(reply.status == 200, "\(name): \(reply.json)")
        }
        // Not every engine has these.
        for (name, body) in [
            ("AllocateStaticIp", #"{"staticIpName":"address"}"#),
            ("CreateDisk", #"{"diskName":"data","availabilityZone":"us-east-1a","sizeInGb":8}"#),
        ] { _ = try side.call(name, body) }
        return id
    }
}
