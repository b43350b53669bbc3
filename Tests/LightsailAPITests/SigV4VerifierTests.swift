import Foundation
import LightsailAPI
import Testing

@Suite struct SigV4VerifierTests {
    private static let id = "AKIAABCDEFGHIJKLMNOP"
    private static let now = Date(timeIntervalSince1970: 1_795_523_445.6)
    private static let body = Data(#"{"instanceName":"web"}"#.utf8)

    /// One signed request, to be spoilt.
    private struct Attempt {
        var method = "POST"
        var target = "/"
        var headers = [
            ("Host", "127.0.0.1:8080"), ("X-Amz-Target", "Lightsail_20161128.GetInstance"),
            ("Content-Type", "application/x-amz-json-1.1"), ("User-Agent", "Boto3/1.43"),
        ]
        var signed: [String]? = ["content-type", "host", "x-amz-date", "x-amz-target"]
        var date = now
        var id = SigV4VerifierTests.id
        var secret = "secret"
        var region = "us-east-1"
        var service = "lightsail"
        var authorization: (String) -> String = { $0 }
        var afterwards: (inout [(String, String)]) -> Void = { _ in }
        var body = SigV4VerifierTests.body

        func verify(regions: Set<String> = ["us-east-1"]) throws {
            let signer = SigV4Signer(accessKeyID: id, secret: secret, region: region, service: service)
            var sent = headers + [("X-Amz-Date", AmazonTime.text(date))]
            let request = SigV4Request(
                method: method, target: target, headers: sent, bodyHash: SigV4Request.hash(SigV4VerifierTests.body))
            let header = authorization(signer.authorization(for: request, at: date, signing: signed))
            if !header.isEmpty { sent.append(("Authorization", header)) }
            afterwards(&sent)
            let received = SigV4Request(method: method, target: target, headers: sent, bodyHash: "")
            let claim = try SigV4Verifier(regions: regions).check(received, now: now) {
                $0 == SigV4VerifierTests.id ? "secret" : nil
            }
            try claim.verify(bodyHash: SigV4Request.hash(body))
        }

        /// The name of the exception and its message; nil if the request is accepted.
        func refusal(regions: Set<String> = ["us-east-1"]) -> LightsailException? {
            do { try verify(regions: regions) } catch { return error as? LightsailException }
            return nil
        }
    }

    private func attempt(_ change: (inout Attempt) -> Void) -> LightsailException? {
        var attempt = Attempt()
        change(&attempt)
        return attempt.refusal()
    }

    @Test func aRequestOfOursIsAccepted() throws {
        try Attempt().verify()
        #expect(attempt { $0.signed = nil } == nil)
    }

    @Test func headersThatAreNotSignedMayChange() {
        #expect(attempt { $0.afterwards = { $0[3].1 = "curl" } } == nil)
    }

    @Test func whatIsSignedMayNotChange() {
        for index in 0..<3 {
            let refusal = attempt { $0.afterwards = { $0[index].1 += "x" } }
            #expect(refusal?.name == .invalidSignature)
        }
        #expect(attempt { $0.body = Data("{}".utf8) }?.name == .invalidSignature)
        #expect(attempt { $0.secret = "another" }?.name == .invalidSignature)
        #expect(attempt { $0.afterwards = { $0.append(("Host", "evil")) } }?.name == .invalidSignature)
        #expect(
            attempt { $0.afterwards = { $0.append(("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")) } }?.name
                == .invalidSignature)
    }

    @Test func whiteSpaceAroundValuesDoesNotMatter() {
        #expect(attempt { $0.afterwards = { $0[0].1 = "  127.0.0.1:8080 " } } == nil)
    }

    @Test func theClockMayBeFifteenMinutesOffAndNoMore() {
        for offset in [-899.0, 899] {
            #expect(attempt { $0.date = Self.now + offset } == nil)
        }
        let late = attempt { $0.date = Self.now - 902 }
        #expect(late?.name == .invalidSignature)
        #expect(late?.message.hasPrefix("Signature expired: 20261124T") == true)
        let early = attempt { $0.date = Self.now + 902 }
        #expect(early?.name == .invalidSignature)
        #expect(early?.message.hasPrefix("Signature not yet current: 20261124T") == true)
    }

    @Test func noSignatureIsAMissingToken() {
        let missing = attempt { $0.authorization = { _ in "" } }
        #expect(missing?.name == .missingAuthenticationToken)
        let presigned = attempt {
            $0.authorization = { _ in "" }
            $0.target = "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00"
        }
        #expect(presigned?.name == .missingAuthenticationToken)
        #expect(presigned?.tip.contains("query") == true)
    }

    @Test func anAuthorizationThatIsNoneOfOursIsIncomplete() {
        let spoilt: [(String) -> String] = [
            { _ in "Basic YWRtaW46YWRtaW4=" }, { _ in "AWS4-HMAC-SHA256" }, { _ in "AWS4-HMAC-SHA256 Credential" },
            { $0.replacingOccurrences(of: "AWS4-HMAC-SHA256", with: "AWS4-ECDSA-P256-SHA256") },
            { $0.replacingOccurrences(of: "Credential=", with: "Other=") },
            { $0.replacingOccurrences(of: "Credential=", with: "Credential= ") },
            { $0.replacingOccurrences(of: "/aws4_request", with: "") },
            { $0.replacingOccurrences(of: "/aws4_request", with: "/aws4_request/more") },
            { $0.replacingOccurrences(of: "/us-east-1/", with: "//") },
            { $0.replacingOccurrences(of: "SignedHeaders=content-type;host", with: "SignedHeaders=Content-Type;host") },
            { $0.replacingOccurrences(of: ";host;", with: ";host;host;") },
            { $0.replacingOccurrences(of: ";host;", with: ";;host;") },
            { $0 + ", Signature=00" }, { $0.components(separatedBy: ", Signature").first ?? "" },
        ]
        for (index, change) in spoilt.enumerated() {
            #expect(attempt { $0.authorization = change }?.name == .incompleteSignature, "\(index)")
        }
    }

    @Test func aSignatureThatIsNoneIsInvalid() {
        for text in ["00", "zz", String(repeating: "é", count: 64), String(repeating: "0", count: 64)] {
            let refusal = attempt {
                $0.authorization = { $0.components(separatedBy: "Signature=")[0] + "Signature=" + text }
            }
            #expect(refusal?.name == .invalidSignature)
        }
    }

    @Test func hostDateAndTargetMustBeSigned() {
        for name in ["host", "x-amz-date", "x-amz-target"] {
            let refusal = attempt { $0.signed = $0.signed?.filter { $0 != name } }
            #expect(refusal?.name == .invalidSignature)
            #expect(refusal?.message.contains("'\(name)'") == true)
        }
        #expect(attempt { $0.signed?.append("x-not-sent") }?.message.contains("'x-not-sent'") == true)
        #expect(attempt { $0.afterwards = { $0.remove(at: 4) } }?.name == .incompleteSignature)
        #expect(attempt { $0.afterwards = { $0[4].1 = "20260231T000000Z" } }?.name == .incompleteSignature)
    }

    @Test func anUnknownKeyIsAnUnrecognizedClient() {
        #expect(attempt { $0.id = "AKIAZZZZZZZZZZZZZZZZ" }?.name == .unrecognizedClient)
        #expect(attempt { $0.headers.append(("X-Amz-Security-Token", "abc")) }?.name == .unrecognizedClient)
    }

    @Test func theScopeMustBeOurs() {
        #expect(attempt { $0.service = "ec2" }?.message.contains("'lightsail'") == true)
        #expect(attempt { $0.region = "eu-west-9" }?.tip.contains("us-east-1") == true)
        var other = Attempt()
        other.region = "eu-central-1"
        #expect(other.refusal(regions: ["us-east-1", "eu-central-1"]) == nil)
        let yesterday = attempt {
            $0.authorization = { $0.replacingOccurrences(of: "/20261124/", with: "/20261123/") }
        }
        #expect(yesterday?.message.hasPrefix("Date in Credential scope does not match") == true)
    }

    @Test func aCheckCostsMicroseconds() throws {
        let attempt = Attempt()
        let clock = ContinuousClock()
        let time = try clock.measure { for _ in 0..<200 { try attempt.verify() } }
        // Signed and verified, in a debug build on a busy machine.
        #expect(time < .seconds(2))
    }
}
