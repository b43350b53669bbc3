/// The header `Authorization` of a signed request, in its parts.
package struct SigV4Authorization: Sendable, Equatable {
    static let algorithm = "AWS4-HMAC-SHA256"
    static let terminator = "aws4_request"
    /// The service of every call's scope.
    package static let service = "lightsail"
    /// No client signs more headers; each costs a search through all.
    private static let headerLimit = 100

    package var accessKeyID: String
    /// Of the scope: `20261124`.
    var date: String
    var region: String
    var service: String
    /// In lower case, as they were listed.
    var signedHeaders: [String]
    /// The 32 bytes; nothing if it is no signature at all.
    var signature: [UInt8]

    var scope: String { "\(date)/\(region)/\(service)/\(Self.terminator)" }

    /// Throws IncompleteSignatureException for what is no such header.
    init(parsing header: String) throws {
        let words = header.split(separator: " ", maxSplits: 1)
        guard words.first.map(String.init) == Self.algorithm else {
            throw Self.incomplete(
                "Unsupported AWS 'algorithm': the Authorization header must begin with \(Self.algorithm)")
        }
        var parts: [String: Substring] = [:]
        for part in (words.count > 1 ? words[1] : "").split(separator: ",") {
            let pair = part.trimmed.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, parts.updateValue(pair[1], forKey: String(pair[0])) == nil else {
                throw Self.incomplete("a part of the Authorization header is no key=value pair, or is there twice")
            }
        }
        func part(_ name: String) throws -> Substring {
            guard let value = parts[name], !value.isEmpty else {
                throw Self.incomplete("Authorization header requires '\(name)' parameter.")
            }
            return value
        }
        let credential = try part("Credential").split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard credential.count == 5, credential[4] == Self.terminator, !credential.contains(""),
            credential[0].utf8.allSatisfy(Self.isAlphanumeric)
        else {
            throw Self.incomplete(
                "Credential must have the form ACCESS-KEY-ID/YYYYMMDD/REGION/SERVICE/\(Self.terminator)")
        }
        let names = try part("SignedHeaders").split(separator: ";", omittingEmptySubsequences: false).map(String.init)
        guard names.count <= Self.headerLimit, names.allSatisfy({ !$0.isEmpty && $0 == $0.lowercased() }),
            Set(names).count == names.count
        else {
            throw Self.incomplete(
                "SignedHeaders must be at most \(Self.headerLimit) different names in lower case, with ';' between")
        }
        accessKeyID = credential[0]
        date = credential[1]
        region = credential[2]
        service = credential[3]
        signedHeaders = names
        signature = Hex.bytes(String(try part("Signature"))) ?? []
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }

    private static func incomplete(_ message: String) -> LightsailException {
        LightsailException(
            .incompleteSignature, message: message, tip: "sign with AWS Signature V4, as every AWS SDK does")
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var rest = self
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return rest
    }
}
