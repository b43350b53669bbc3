package import Foundation

/// Decides whether a request was signed with an access key that we gave out.
///
/// Two halves, since the body comes after the headers: ``check(_:now:secret:)`` refuses what its headers give away, and
/// ``Claim/verify(bodyHash:)`` the rest. The texts are those that AWS's front ends use, since people search for them.
package struct SigV4Verifier: Sendable {
    /// How far the clocks of client and server may be apart, in seconds, both ways.
    package static let skew: TimeInterval = 15 * 60
    /// What every signature must cover if it is sent: the call could be changed otherwise.
    private static let required = ["host", "x-amz-date"]
    private static let coveredIfSent = ["x-amz-target", "x-amz-content-sha256"]

    private let regions: Set<String>

    /// - Parameter regions: the regions of the scopes that are accepted.
    package init(regions: Set<String>) { self.regions = regions }

    /// A request whose headers are in order; its signature was not yet looked at.
    package struct Claim: Sendable {
        package let accessKeyID: String
        /// The region that it was signed for, one of the configured.
        package var region: String { authorization.region }
        fileprivate let request: SigV4Request
        fileprivate let authorization: SigV4Authorization
        fileprivate let date: String
        fileprivate let secret: String

        /// Throws InvalidSignatureException if the signature is not that of this request with this body.
        package func verify(bodyHash: String) throws {
            var request = request
            if let stated = request.value(of: "x-amz-content-sha256"), stated != bodyHash {
                throw SigV4Verifier.mismatch
            }
            request.bodyHash = bodyHash
            let key = SigV4SigningKey(
                secret: secret, date: authorization.date, region: authorization.region, service: authorization.service)
            let text = request.stringToSign(authorization.signedHeaders, date: date, scope: authorization.scope)
            guard key.isSignature(authorization.signature, of: text) else { throw SigV4Verifier.mismatch }
        }
    }

    /// Checks all but the signature.
    ///
    /// - Parameters:
    ///   - request: its body's hash is not looked at.
    ///   - secret: that of an access key; nil if there is none of that id, or if it may not be used.
    package func check(_ request: SigV4Request, now: Date, secret: (String) -> String?) throws -> Claim {
        guard let header = request.value(of: "authorization") else {
            let isPresigned = request.target.contains("X-Amz-Signature=")
            throw LightsailException(
                .missingAuthenticationToken, message: "Missing Authentication Token",
                tip: isPresigned
                    ? "sign in the header Authorization; signatures in the query are not offered"
                    : "make a key with: sloop access-key create, and sign with it")
        }
        let authorization = try SigV4Authorization(parsing: header)
        guard let time = request.value(of: "x-amz-date"), let date = AmazonTime.date(time) else {
            throw LightsailException(
                .incompleteSignature, message: "Authorization header requires existence of a 'X-Amz-Date' header.",
                tip: "send it as YYYYMMDD'T'HHMMSS'Z', in UTC")
        }
        try checkCoverage(authorization, request)
        guard request.value(of: "x-amz-security-token") == nil, let secret = secret(authorization.accessKeyID) else {
            throw LightsailException(
                .unrecognizedClient, message: "The security token included in the request is invalid.",
                tip: "see the keys with: sloop access-key list; and unset AWS_SESSION_TOKEN, which no key of sloop has")
        }
        try checkScope(authorization, time)
        try checkTime(date, time, now)
        return Claim(
            accessKeyID: authorization.accessKeyID, request: request, authorization: authorization, date: time,
            secret: secret)
    }

    private func checkCoverage(_ authorization: SigV4Authorization, _ request: SigV4Request) throws {
        for name in authorization.signedHeaders where request.value(of: name) == nil {
            throw Self.invalid("'\(name)' is a 'SignedHeader' in the AWS Authorization and was not sent.")
        }
        let needed = Self.required + Self.coveredIfSent.filter { request.value(of: $0) != nil }
        for name in needed where !authorization.signedHeaders.contains(name) {
            throw Self.invalid("'\(name)' must be a 'SignedHeader' in the AWS Authorization.")
        }
    }

    private func checkScope(_ authorization: SigV4Authorization, _ time: String) throws {
        guard authorization.service == SigV4Authorization.service else {
            throw Self.invalid("Credential should be scoped to correct service: '\(SigV4Authorization.service)'.")
        }
        guard regions.contains(authorization.region) else {
            throw LightsailException(
                .invalidSignature, message: "Credential should be scoped to a valid region.",
                tip: "this sloop has \(regions.sorted().joined(separator: ", ")); see: sloop serve --region")
        }
        guard time.hasPrefix(authorization.date), authorization.date.utf8.count == 8 else {
            throw Self.invalid(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.")
        }
    }

    private func checkTime(_ date: Date, _ time: String, _ now: Date) throws {
        let (early, late) = (now - Self.skew, now + Self.skew)
        // The header has whole seconds.
        if date < early - 1 {
            throw Self.invalid(
                "Signature expired: \(time) is now earlier than \(AmazonTime.text(early)) "
                    + "(\(AmazonTime.text(now)) - 15 min.)", tip: "set the client's clock")
        }
        if date > late {
            throw Self.invalid(
                "Signature not yet current: \(time) is still later than \(AmazonTime.text(late)) "
                    + "(\(AmazonTime.text(now)) + 15 min.)", tip: "set the client's clock")
        }
    }

    private static func invalid(_ message: String, tip: String = "") -> LightsailException {
        LightsailException(.invalidSignature, message: message, tip: tip)
    }

    fileprivate static var mismatch: LightsailException {
        invalid(
            "The request signature we calculated does not match the signature you provided. "
                + "Check your AWS Secret Access Key and signing method.")
    }
}
