import Foundation
import Testing

/// Who may call over TCP, and what he is told if he may not.
@Suite(.needsSandbox) struct SignatureTests {
    @Test func aSignedCallIsAnsweredAsItsAccount() throws {
        let server = try SignedPort()
        #expect(try server.daemon.sloop("key", "create", "mine").code == 0)
        let made = try server.reply {
            $0.target = "Lightsail_20161128.CreateKeyPair"
            $0.body = Data(#"{"keyPairName":"theirs"}"#.utf8)
        }
        #expect(made.status == 200)
        #expect(made.headers["x-amzn-requestid"]?.count == 36)
        #expect(made.headers["content-type"] == "application/x-amz-json-1.1")
        let listed = try server.reply { $0.target = "Lightsail_20161128.GetKeyPairs" }
        #expect((listed.json["keyPairs"] as? [[String: Any]])?.map { $0["name"] as? String } == ["theirs"])
        #expect(try server.daemon.list("key", "list").compactMap { $0["name"] as? String } == ["mine"])
    }

    @Test func everySignatureThatIsNotRightIsRefusedByItsName() throws {
        let server = try SignedPort()
        func type(_ change: (inout SignedPort.Call) -> Void) throws -> String {
            let reply = try server.reply(change)
            #expect(reply.isHonestRefusal, "\(reply)")
            #expect(reply.status == 400)
            return reply.type
        }
        func tampered(_ name: String, _ value: String?) throws -> String {
            try type {
                $0.tamper = { headers in
                    headers.removeAll { $0.name == name }
                    if let value { headers.append((name, value)) }
                }
            }
        }
        #expect(try tampered("Authorization", nil) == "MissingAuthenticationTokenException")
        #expect(try tampered("Authorization", "Bearer x") == "IncompleteSignatureException")
        #expect(try tampered("X-Amz-Date", nil) == "IncompleteSignatureException")
        #expect(try tampered("X-Amz-Target", "Lightsail_20161128.GetDisks") == "InvalidSignatureException")
        #expect(try tampered("Host", "evil:80") == "InvalidSignatureException")
        #expect(try type { $0.secret = "wrong" } == "InvalidSignatureException")
        #expect(try type { $0.date = Date() - 1000 } == "InvalidSignatureException")
        #expect(try type { $0.date = Date() + 1000 } == "InvalidSignatureException")
        #expect(try type { $0.region = "eu-west-9" } == "InvalidSignatureException")
        #expect(try type { $0.sentBody = Data(#"{"pageToken":"x"}"#.utf8) } == "InvalidSignatureException")
        #expect(try type { $0.id = "AKIAAAAAAAAAAAAAAAAA" } == "UnrecognizedClientException")
        #expect(
            try type { $0.tamper = { $0.append(("X-Amz-Security-Token", "x")) } } == "UnrecognizedClientException")
        #expect(try type { $0.tamper = { $0.append(("Host", "evil")) } } == "IncompleteSignatureException")
        // Who it is comes before what he wants.
        #expect(
            try type {
                $0.target = "Nonsense.Nonsense"
                $0.secret = "wrong"
            } == "InvalidSignatureException")
        #expect(try type { $0.target = "Nonsense.Nonsense" } == "UnknownOperationException")
        #expect(try type { $0.target = nil } == "UnknownOperationException")
        #expect(try type { $0.method = "GET" } == "UnknownOperationException")
        #expect(try server.reply().status == 200)
    }

    @Test func aKeyThatIsDisabledOrDeletedIsRefusedAtOnce() throws {
        let server = try SignedPort()
        let connection = try server.connect()
        #expect(try server.reply(on: connection).status == 200)
        for _ in 0..<5 {
            try server.daemon.sloop("access-key", "disable", server.id)
            #expect(try server.reply(on: connection).type == "UnrecognizedClientException")
            try server.daemon.sloop("access-key", "enable", server.id)
            #expect(try server.reply(on: connection).status == 200)
        }
        #expect(try server.daemon.list("access-key", "list").first?["lastUsedAt"] is String)
        try server.daemon.sloop("access-key", "delete", server.id)
        #expect(try server.reply(on: connection).type == "UnrecognizedClientException")
        #expect(try server.daemon.list("access-key", "list").isEmpty)
    }

    @Test func aKeyOutlivesTheServer() throws {
        let server = try SignedPort()
        server.daemon.end(SIGKILL)
        try server.daemon.start()
        let match = try #require(server.daemon.line.firstMatch(of: /:([0-9]+)\n/))
        let connection = try RawConnection(port: try #require(Int(match.1)))
        #expect(try server.reply(on: connection).status == 200)
    }

    @Test func theHolderOfAKeyMayNotMakeSloopsOwnCalls() throws {
        let server = try SignedPort()
        for name in ["CreateAPIAccessKey", "ListAPIAccessKeys", "GetSloopStatus", "RotateAccessKey", "DeleteImage"] {
            let reply = try server.reply {
                $0.target = "Sloop_20261123.\(name)"
                $0.body = Data(#"{"account":"default"}"#.utf8)
            }
            #expect(reply.isHonestRefusal)
            #expect(reply.type == "AccessDeniedException")
        }
        #expect(try server.daemon.list("access-key", "list").count == 1)
    }

    @Test func severalRegionsAreSignedFor() throws {
        let server = try SignedPort("--region", "us-east-1,eu-central-1", "--region", "local-1")
        for region in ["us-east-1", "eu-central-1", "local-1"] {
            let reply = try server.reply {
                $0.region = region
                $0.target = "Lightsail_20161128.CreateKeyPair"
                $0.body = Data(#"{"keyPairName":"in-\#(region)"}"#.utf8)
            }
            let location = (reply.json["operation"] as? [String: Any])?["location"] as? [String: Any]
            #expect(location?["regionName"] as? String == region)
        }
        #expect(try server.reply { $0.region = "us-west-2" }.type == "InvalidSignatureException")
    }
}
