import Foundation
@testable import LightsailAPI
import Testing

/// Random input, for the two things that read what anybody may send.
@Suite struct FuzzTests {
    @Test func theDecoderAnswersWhateverItReads() throws {
        var random = Randomness(seed: Randomness.seed)
        let operations = Lightsail.allOperations
        var accepted = 0
        for number in 0..<Randomness.cases {
            let operation = operations[random.below(operations.count)]
            let body = body(for: operation, &random)
            if decode(operation, Data(body), number) { accepted += 1 }
        }
        // The generator is of use only if it reaches both sides.
        #expect(accepted > Randomness.cases / 100)
        #expect(accepted < Randomness.cases)
    }

    private func body(for operation: any LightsailOperation.Type, _ random: inout Randomness) -> [UInt8] {
        var members = operation.requiredMembers
        if random.below(3) == 0 { members.append("pageToken") }
        if random.below(3) == 0, !members.isEmpty { members.remove(at: random.below(members.count)) }
        let text = members.map { name in
            // A name or a list of names is what most calls want.
            let value = random.below(2) == 0 ? ["\"web\"", "[\"web\"]", "8"][random.below(3)] : random.json(depth: 4)
            return "\"\(name)\":\(value)"
        }
        let body = Array("{\(text.joined(separator: ","))}".utf8)
        return random.below(2) == 0 ? body : random.spoilt(body)
    }

    /// Says whether the body was taken; then it must survive being written and read again.
    private func decode<Operation: LightsailOperation>(_ operation: Operation.Type, _ body: Data, _ number: Int) -> Bool
    {
        do {
            let input = try WireCoding.decodeInput(of: operation, from: body)
            let written = try WireCoding.encode(input)
            let again = try WireCoding.encode(try WireCoding.decodeInput(of: operation, from: written))
            #expect(written == again, "case \(number)")
            return true
        } catch let error as LightsailException {
            let isHonest = error.name == .serialization || error.name == .invalidInput
            #expect(isHonest && error.status == 400, "case \(number): \(error)")
            return false
        } catch {
            Issue.record("case \(number): \(error): \(String(decoding: body, as: UTF8.self))")
            return false
        }
    }

    @Test func aSignatureIsAcceptedOnlyForWhatWasSigned() throws {
        var random = Randomness(seed: Randomness.seed)
        let all = SigV4Vectors.all
        let now = Date(timeIntervalSince1970: all.time)
        let verifier = SigV4Verifier(regions: ["us-east-1", "eu-central-1"])
        var accepted = 0
        for number in 0..<Randomness.cases {
            let vector = all.vectors[random.below(all.vectors.count)]
            guard vector.name != "a session token", vector.body.utf8.count < 1000 else { continue }
            var headers = vector.headers.map { ($0[0], $0[1]) } + [("Authorization", vector.authorization)]
            var (target, body) = (vector.target, Array(vector.body.utf8))
            func spoil(_ text: String) -> String { String(decoding: random.spoilt(Array(text.utf8)), as: UTF8.self) }
            switch random.below(5) {
            case 0: target = spoil(target)
            case 1: body = random.spoilt(body)
            case 2: headers[headers.count - 1].1 = spoil(vector.authorization)
            case 3:
                let at = random.below(headers.count)
                headers[at].1 = spoil(headers[at].1)
            default:
                let at = random.below(headers.count)
                headers[at].0 = spoil(headers[at].0)
            }
            let request = SigV4Request(method: vector.method, target: target, headers: headers, bodyHash: "")
            do {
                let claim = try verifier.check(request, now: now) { $0 == all.accessKeyId ? all.secret : nil }
                try claim.verify(bodyHash: SigV4Request.hash(Data(body)))
                accepted += 1
                // Then nothing that counts was changed: only what is written in more than one way.
                let parsed = try SigV4Authorization(parsing: request.value(of: "authorization") ?? "")
                #expect(try parsed == SigV4Authorization(parsing: vector.authorization), "case \(number)")
                #expect(
                    request.canonical(parsed.signedHeaders)
                        == vector.request().canonical(parsed.signedHeaders)
                        .replacingOccurrences(of: vector.request().bodyHash, with: ""), "case \(number)")
                #expect(body == Array(vector.body.utf8), "case \(number)")
            } catch let error as LightsailException {
                #expect(error.status == 400 && error.name != .service, "case \(number): \(error)")
            }
        }
        #expect(accepted < Randomness.cases / 5)
    }
}
