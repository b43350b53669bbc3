import Foundation
import LightsailAPI
import Testing

/// Requests as botocore signs them, made by scripts/sigv4-vectors.py.
struct SigV4Vectors: Decodable {
    struct Vector: Decodable, Sendable, CustomTestStringConvertible {
        var name: String
        var method: String
        var target: String
        var region: String
        var headers: [[String]]
        var body: String
        var authorization: String

        var testDescription: String { name }

        func request(body: String? = nil) -> SigV4Request {
            SigV4Request(
                method: method, target: target, headers: headers.map { ($0[0], $0[1]) },
                bodyHash: SigV4Request.hash(Data((body ?? self.body).utf8)))
        }

        var signedHeaders: [String] {
            let list = authorization.components(separatedBy: "SignedHeaders=").last?.split(separator: ",").first ?? ""
            return list.split(separator: ";").map(String.init)
        }
    }

    var accessKeyId: String
    var secret: String
    var time: TimeInterval
    var vectors: [Vector]

    static let all: SigV4Vectors = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/sigv4.json")
        guard let data = try? Data(contentsOf: file),
            let vectors = try? JSONDecoder().decode(SigV4Vectors.self, from: data)
        else { fatalError("\(file.path) cannot be read") }
        return vectors
    }()
}

@Suite struct SigV4VectorTests {
    private let all = SigV4Vectors.all

    @Test(arguments: SigV4Vectors.all.vectors) func weSignAsBotocoreDoes(_ vector: SigV4Vectors.Vector) {
        let signer = SigV4Signer(accessKeyID: all.accessKeyId, secret: all.secret, region: vector.region)
        let header = signer.authorization(
            for: vector.request(), at: Date(timeIntervalSince1970: all.time), signing: vector.signedHeaders)
        #expect(header == vector.authorization)
    }

    @Test(arguments: SigV4Vectors.all.vectors) func whatBotocoreSignedIsVerified(_ vector: SigV4Vectors.Vector) throws {
        let signed = SigV4Request(
            method: vector.method, target: vector.target,
            headers: vector.headers.map { ($0[0], $0[1]) } + [("Authorization", vector.authorization)], bodyHash: "")
        let verifier = SigV4Verifier(regions: ["us-east-1", "eu-central-1"])
        let check = {
            try verifier.check(signed, now: Date(timeIntervalSince1970: all.time)) { id in
                id == all.accessKeyId ? all.secret : nil
            }
        }
        // No key of ours has a session.
        guard vector.name != "a session token" else {
            #expect(throws: LightsailException.self) { _ = try check() }
            return
        }
        let claim = try check()
        #expect(claim.accessKeyID == all.accessKeyId)
        try claim.verify(bodyHash: SigV4Request.hash(Data(vector.body.utf8)))
        #expect(throws: LightsailException.self) {
            try claim.verify(bodyHash: SigV4Request.hash(Data((vector.body + " ").utf8)))
        }
    }
}
