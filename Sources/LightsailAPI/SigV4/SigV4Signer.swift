package import Foundation

/// Signs requests with an access key, as clients do.
package struct SigV4Signer: Sendable {
    package var accessKeyID: String
    package var secret: String
    package var region: String
    package var service: String

    package init(
        accessKeyID: String, secret: String, region: String, service: String = SigV4Authorization.service
    ) {
        self.accessKeyID = accessKeyID
        self.secret = secret
        self.region = region
        self.service = service
    }

    /// The value of the header `Authorization`.
    ///
    /// - Parameters:
    ///   - request: has the header `x-amz-date`, with this date, among its headers.
    ///   - signedHeaders: in lower case; nil for all that the request has.
    package func authorization(for request: SigV4Request, at date: Date, signing signedHeaders: [String]? = nil)
        -> String
    {
        let names = signedHeaders ?? Set(request.headers.map(\.name)).sorted()
        let time = AmazonTime.text(date)
        let day = String(time.prefix(8))
        let scope = "\(day)/\(region)/\(service)/\(SigV4Authorization.terminator)"
        let key = SigV4SigningKey(secret: secret, date: day, region: region, service: service)
        let signature = key.signature(of: request.stringToSign(names, date: time, scope: scope))
        return "\(SigV4Authorization.algorithm) Credential=\(accessKeyID)/\(scope), "
            + "SignedHeaders=\(names.joined(separator: ";")), Signature=\(signature)"
    }
}

/// Times as the header `x-amz-date` has them: `20261124T120000Z`.
package enum AmazonTime {
    /// Whole seconds, in UTC.
    package static func text(_ date: Date) -> String {
        var seconds = time_t(date.timeIntervalSince1970.rounded(.down))
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var buffer = [CChar](repeating: 0, count: 32)
        let count = strftime(&buffer, buffer.count, "%Y%m%dT%H%M%SZ", &parts)
        return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Nil for what is no such time.
    static func date(_ text: String) -> Date? {
        let bytes = Array(text.utf8)
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int32? {
            bytes[range].reduce(0 as Int32?) { sum, byte in
                guard let sum, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                return sum * 10 + Int32(byte - UInt8(ascii: "0"))
            }
        }
        guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8), let hour = number(9..<11),
            let minute = number(11..<13), let second = number(13..<15)
        else { return nil }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (year - 1900, month - 1, day)
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (hour, minute, second)
        let date = Date(timeIntervalSince1970: TimeInterval(timegm(&parts)))
        // timegm takes the 31st of February for the 3rd of March.
        return self.text(date) == text ? date : nil
    }
}
