import Foundation
import LightsailAPI
import Testing

/// Requests that no client of good will sends: each is refused in AWS's form, or cut off, and nobody else notices.
@Suite(.needsSandbox) struct HostileRequestTests {
    @Test func whatIsNoJSONIsRefused() throws {
        let server = try SignedPort()
        let deep = { (open: String, close: String, count: Int) in
            String(repeating: open, count: count) + String(repeating: close, count: count)
        }
        let bodies = [
            "{not json", "[]", "null", "7", "\"x\"", "{}{}", "{\"instanceName\":}", "{\"instanceName\":7}",
            "{\"instanceName\":[]}", "{\"instanceName\":{}}", "{\"instanceName\":true}", "{\"instanceName\":null}",
            "{\"instanceName\":1e999}", "{\"instanceName\":\"\\ud800\"}", "{\"instanceName\":\"\u{1}\"}", "{",
            "{\"instanceName\":\"web\"", deep("[", "]", 65), deep("[", "]", 100_000), deep("{\"a\":", "}", 100_000),
            "{\"instanceName\":" + deep("[", "]", 70) + "}", String(repeating: "[", count: 500_000),
            "{\"instanceName\":\"" + String(repeating: "a", count: 900_000) + "\"}",
        ].map { Data($0.utf8) }
        let raw: [Data] = [
            Data([0xFF, 0xFE, 0x7B, 0, 0x7D, 0]), Data([0, 0x7B, 0, 0x7D]), Data([0x7B, 0xC3, 0x28, 0x7D]),
            Data("{\"instanceName\":\"".utf8) + [0xC3, 0x28, 0xF5, 0x80] + Data("\"}".utf8),
            Data(repeating: 0, count: 4096),
        ]
        let connection = try server.connect()
        for body in bodies + raw {
            let reply = try server.reply(
                {
                    $0.target = "Lightsail_20161128.GetInstance"
                    $0.body = body
                }, on: connection)
            #expect(reply.isHonestRefusal, "\(String(decoding: body.prefix(60), as: UTF8.self)): \(reply.status)")
        }
        #expect(try server.failures() == "")
    }

    @Test func everyStringMayBeHostile() throws {
        // Of what nobody answers at: a hostile name must not get so far.
        let key = "/tmp/sloop-dns-key-\(UUID().uuidString)"
        try Data("key".utf8).write(to: URL(filePath: key))
        defer { try? FileManager.default.removeItem(atPath: key) }
        let server = try SignedPort(
            "--dns", "http://127.0.0.1:9", "--dns-key-file", key, "--dns-name-server", "ns1.example.net")
        let strings = [
            #"a\u0000b"#, "; rm -rf /", "$(reboot)`reboot`", "../../../../etc/passwd",
            "' OR '1'='1'; DROP TABLE instance; --",
            #"\"\n\r\t"#, "\u{202E}\u{FEFF}é\u{10FFFF}", "%s%n%x", String(repeating: "A", count: 70_000), "", "-rf",
            "🏴‍☠️",
        ]
        let connection = try server.connect()
        var count = 0
        for operation in Lightsail.allOperations where !operation.requiredMembers.isEmpty {
            for string in strings {
                for value in ["\"\(string)\"", "[\"\(string)\"]", "[{\"key\":\"\(string)\"}]"] {
                    let members = operation.requiredMembers.map { "\"\($0)\":\(value)" }.joined(separator: ",")
                    let reply = try server.reply(
                        {
                            $0.target = operation.target
                            $0.body = Data("{\(members)}".utf8)
                        }, on: connection)
                    // A list of what belongs to a name that nothing has is empty.
                    let isList = operation.name.hasPrefix("Get") && reply.status == 200
                    #expect(
                        reply.isHonestRefusal || isList,
                        "\(operation.name) \(value.prefix(60)): \(reply.status) \(reply.json)")
                    count += 1
                }
            }
        }
        #expect(count > 1000)
        #expect(try server.failures() == "")
    }

    @Test func numbersMayBeHuge() throws {
        let server = try SignedPort()
        let connection = try server.connect()
        func call(_ name: String, _ body: String) throws -> RawConnection.Reply {
            try server.reply(
                {
                    $0.target = "Lightsail_20161128.\(name)"
                    $0.body = Data(body.utf8)
                }, on: connection)
        }
        // What is there is looked at more closely.
        let made = try call(
            "CreateInstances",
            #"{"instanceNames":["web"],"availabilityZone":"us-east-1a","blueprintId":"sandbox","bundleId":"nano_3_0"}"#)
        try #require(made.status == 200, "\(made.json)")
        let end = Date() + 60
        while try !String(decoding: call("GetInstanceState", #"{"instanceName":"web"}"#).body, as: UTF8.self)
            .contains("running")
        {
            try #require(Date() < end)
            usleep(20_000)
        }
        defer { server.remove("web") }
        let numbers = [
            "0", "-1", "0.5", "1e18", "1e300", "-1e300", "9223372036854775807", "-9223372036854775808",
            "99999999999999999999999", "1e400", "1e-400", "NaN",
        ]
        for number in numbers {
            for other in ["60", number] {
                for (name, members) in [
                    (
                        "GetInstanceMetricData",
                        #""metricName":"CPUUtilization","unit":"Percent","statistics":["Average"],"period":\#(other),"#
                            + #""startTime":\#(number),"endTime":\#(other)"#
                    ),
                    (
                        "PutAlarm",
                        #""alarmName":"cpu","monitoredResourceName":"web","metricName":"CPUUtilization","#
                            + #""comparisonOperator":"GreaterThanThreshold","threshold":\#(number),"#
                            + #""evaluationPeriods":\#(other),"datapointsToAlarm":\#(other)"#
                    ),
                    ("GetCostEstimate", #""resourceName":"web","startTime":\#(number),"endTime":\#(other)"#),
                    (
                        "OpenInstancePublicPorts",
                        #""portInfo":{"fromPort":\#(number),"toPort":\#(other),"protocol":"tcp"}"#
                    ),
                    ("CreateDisk", #""diskName":"data","availabilityZone":"us-east-1a","sizeInGb":\#(number)"#),
                    ("UpdateInstanceMetadataOptions", #""httpPutResponseHopLimit":\#(number)"#),
                ] {
                    let reply = try call(name, #"{"instanceName":"web",\#(members)}"#)
                    // Some of them are nothing wrong.
                    #expect(reply.isHonestRefusal || reply.status == 200, "\(name) \(members): \(reply.status)")
                }
            }
        }
        #expect(try call("GetAlarms", "{}").status == 200)
        #expect(try server.failures() == "")
    }

    @Test func whatIsNoHTTPIsRefused() throws {
        let server = try SignedPort()
        let requests = [
            "nonsense\r\n\r\n", "POST / HTTP/1.1\r\nno colon\r\n\r\n", "POST / HTTP/9.9\r\n\r\n",
            "\u{0}\u{1}\u{2}\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nX-A: \(String(repeating: "a", count: 100_000))\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\n" + (0..<2000).map { "X-\($0): a\r\n" }.joined() + "\r\n",
            "POST /\(String(repeating: "a", count: 100_000)) HTTP/1.1\r\nHost: x\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "DELETE / HTTP/1.0\r\n\r\n", "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nAuthorization: \u{0}\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nAuthorization: AWS4-HMAC-SHA256 é=ü\r\n\r\n",
        ]
        for request in requests {
            let connection = try server.connect()
            connection.send(request)
            let reply = connection.reply()
            #expect(reply.isHonestRefusal, "\(request.prefix(70)): \(reply.status) \(reply.body)")
        }
        let head = try server.connect()
        let call = "X-Amz-Target: Lightsail_20161128.GetInstances\r\n"
        head.send("HEAD / HTTP/1.1\r\nHost: x\r\n\(call)\r\nGET / HTTP/1.1\r\nHost: x\r\n\(call)\r\n")
        #expect(head.reply(hasBody: false).status == 400)
        #expect(head.reply().isHonestRefusal)
        #expect(try server.reply().status == 200)
        #expect(try server.failures() == "")
    }

    @Test func aGoodCallBeforeABrokenOneIsStillAnswered() throws {
        let server = try SignedPort()
        let connection = try server.connect()
        connection.send(server.bytes(SignedPort.Call()) + Data("nonsense\r\n\r\n".utf8))
        #expect(connection.reply().status == 200)
        #expect(connection.reply().isHonestRefusal)
        #expect(connection.isEnded())
    }

    @Test func aBodyThatEndsEarlyChangesNothing() throws {
        let server = try SignedPort()
        let connection = try server.connect()
        let call = SignedPort.Call(
            target: "Lightsail_20161128.CreateKeyPair", body: Data(#"{"keyPairName":"half"}"#.utf8))
        connection.send(server.bytes(call).dropLast(5))
        connection.finish()
        #expect(connection.reply().isHonestRefusal)
        #expect(try server.reply { $0.target = "Lightsail_20161128.GetKeyPairs" }.json["keyPairs"] as? [String] == [])
        #expect(try server.failures() == "")
    }
}
