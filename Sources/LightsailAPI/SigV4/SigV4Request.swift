import Crypto
package import Foundation

/// What AWS Signature V4 covers of an HTTP request, as it is on the wire.
///
/// Source: "Create a signed AWS API request" of AWS's IAM user guide; where that is silent, what botocore does.
package struct SigV4Request: Sendable {
    package var method: String
    /// The path and the query, as in the request line: still percent-encoded.
    package var target: String
    /// In the order they came; the names in lower case.
    package private(set) var headers: [(name: String, value: String)]
    /// The SHA-256 of the body, as 64 lower-case hexadecimal digits.
    package var bodyHash: String

    package init(method: String, target: String, headers: [(name: String, value: String)], bodyHash: String) {
        self.method = method
        self.target = target
        self.headers = headers.map { ($0.name.lowercased(), $0.value) }
        self.bodyHash = bodyHash
    }

    /// The SHA-256 of a body, as ``bodyHash`` wants it.
    package static func hash(_ body: some DataProtocol) -> String { Hex.text(SHA256.hash(data: body)) }

    /// The values of a header, trimmed, inner white space as one space, joined by commas; nil if it was not sent.
    ///
    /// - Parameter name: in lower case.
    func value(of name: String) -> String? {
        var values: String?
        for header in headers where header.name == name {
            values = (values.map { $0 + "," } ?? "") + Self.collapsed(header.value)
        }
        return values
    }

    /// The text that is hashed into the string to sign.
    func canonical(_ signedHeaders: [String]) -> String {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var lines = [
            method, PercentEncoding.canonicalPath(parts.first ?? ""),
            PercentEncoding.canonicalQuery(parts.count > 1 ? parts[1] : ""),
        ]
        lines += signedHeaders.map { "\($0):\(value(of: $0) ?? "")" }
        lines += ["", signedHeaders.joined(separator: ";"), bodyHash]
        return lines.joined(separator: "\n")
    }

    /// The text that the signature is made of.
    func stringToSign(_ signedHeaders: [String], date: String, scope: String) -> String {
        [
            SigV4Authorization.algorithm, date, scope,
            Hex.text(SHA256.hash(data: Data(canonical(signedHeaders).utf8))),
        ].joined(separator: "\n")
    }

    private static func collapsed(_ value: String) -> String {
        // Most have nothing to collapse.
        guard value.utf8.contains(where: { $0 <= 0x20 }) else { return value }
        return value.utf8.split { $0 == 0x20 || (0x09...0x0D).contains($0) }.map { String(Substring($0)) }
            .joined(separator: " ")
    }
}

/// The key that signs for one day, region and service.
struct SigV4SigningKey {
    private let key: SymmetricKey

    init(secret: String, date: String, region: String, service: String) {
        var key = SymmetricKey(data: Data("AWS4\(secret)".utf8))
        for part in [date, region, service, SigV4Authorization.terminator] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Data(part.utf8), using: key))
        }
        self.key = key
    }

    func signature(of text: String) -> String {
        Hex.text(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key))
    }

    /// Compares in a time that does not depend on where the two differ.
    func isSignature(_ signature: [UInt8], of text: String) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: Data(text.utf8), using: key)
    }
}

enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil unless the text is pairs of lower-case digits.
    static func bytes(_ text: String) -> [UInt8]? {
        let values = text.utf8.map { digits.firstIndex(of: $0) }
        guard values.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: values.count, by: 2) {
            guard let high = values[index], let low = values[index + 1] else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }
}
