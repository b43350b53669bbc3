import Foundation

/// The types of records that a domain can have: Lightsail's.
package enum RecordType: String, Codable, Sendable, CaseIterable {
    case a = "A"
    case aaaa = "AAAA"
    case cname = "CNAME"
    case mx = "MX"
    case ns = "NS"
    case soa = "SOA"
    case srv = "SRV"
    case txt = "TXT"

    /// A client's target in the one form that DNS servers take (RFC 1035, section 5.1); two targets with the same form
    /// are the same record. Names are whole, in lower case, with a dot at the end.
    ///
    /// Throws `invalidInput` that says what this type wants.
    package func content(_ target: String) throws -> String {
        let words = target.split(separator: " ").map(String.init)
        let content: String? =
            switch self {
            case .a: Self.address(target, AF_INET)
            case .aaaa: Self.address(target, AF_INET6)
            case .cname, .ns: Self.host(target)
            case .mx:
                Self.numbers(words, 1).flatMap { numbers in Self.host(words[1], mayBeRoot: true).map { numbers + $0 } }
            case .srv:
                Self.numbers(words, 3).flatMap { numbers in Self.host(words[3], mayBeRoot: true).map { numbers + $0 } }
            case .txt: RecordText.content(target)
            case .soa: Self.authority(words)
            }
        if let content { return content }
        throw SloopError(
            .invalidInput, "'\(Self.printable(target))' is no target of a record of type \(rawValue)",
            tip: "write it like: \(example)")
    }

    private var example: String {
        switch self {
        case .a: "192.0.2.1"
        case .aaaa: "2001:db8::1"
        case .cname: "www.example.com"
        case .mx: "10 mail.example.com"
        case .ns: "ns1.example.com"
        case .soa: "ns1.example.com. hostmaster.example.com. 1 7200 900 1209600 86400"
        case .srv: "10 5 5269 xmpp.example.com"
        case .txt: #""any text", in quotes, of ASCII characters, 4096 at most"#
        }
    }

    private static func address(_ text: String, _ family: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard text.utf8.count < 46, inet_pton(family, text, &bytes) == 1 else { return nil }
        var shown = [CChar](repeating: 0, count: 46)
        guard inet_ntop(family, &bytes, &shown, 46) != nil else { return nil }
        return String(decoding: shown.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func host(_ text: String, mayBeRoot: Bool = false) -> String? {
        mayBeRoot && text == "." ? "." : DomainName.host(text).map { $0 + "." }
    }

    /// The so many numbers of 16 bits that a target begins with, a blank after each; one word has to follow.
    private static func numbers(_ words: [String], _ count: Int) -> String? {
        guard words.count == count + 1 else { return nil }
        let numbers = words.dropLast().compactMap { UInt16($0) }
        return numbers.count == count ? numbers.map { "\($0) " }.joined() : nil
    }

    private static func authority(_ words: [String]) -> String? {
        guard words.count == 7, let server = host(words[0]), let person = host(words[1]) else { return nil }
        let numbers = words.dropFirst(2).compactMap { UInt32($0) }
        return numbers.count == 5 ? ([server, person] + numbers.map { "\($0)" }).joined(separator: " ") : nil
    }

    /// So much of a text of a client's as an error may repeat.
    static func printable(_ text: String) -> String {
        let shown = text.unicodeScalars.prefix(80).map { (0x20..<0x7F).contains($0.value) ? String($0) : "?" }.joined()
        return shown + (text.unicodeScalars.count > 80 ? "…" : "")
    }
}

/// The text of TXT records: strings in quotes, each of 255 bytes at most.
enum RecordText {
    static let limit = 4096

    /// A text without quotes is taken as it is, and cut into strings where it is too long for one.
    static func content(_ target: String) -> String? {
        let bytes = Array(target.utf8)
        guard (1...limit).contains(bytes.count), bytes.allSatisfy({ (0x20..<0x7F).contains($0) }) else { return nil }
        guard bytes.first == quote else { return quoted(bytes) }
        return strings(bytes).map { $0.map { "\"\(String(decoding: $0, as: UTF8.self))\"" }.joined(separator: " ") }
    }

    private static let (quote, backslash) = (UInt8(ascii: "\""), UInt8(ascii: "\\"))

    private static func quoted(_ bytes: [UInt8]) -> String {
        stride(from: 0, to: bytes.count, by: 255).map { start in
            let piece = bytes[start..<min(start + 255, bytes.count)].flatMap { byte in
                byte == quote || byte == backslash ? [backslash, byte] : [byte]
            }
            return "\"\(String(decoding: piece, as: UTF8.self))\""
        }.joined(separator: " ")
    }

    /// What is between the quotes of each string, with its escapes (`\"`, `\\`, `\065`); nil for what is not so written.
    private static func strings(_ bytes: [UInt8]) -> [ArraySlice<UInt8>]? {
        var all: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while let first = rest.popFirst() {
            guard first == quote, let (end, count) = end(of: rest), count <= 255 else { return nil }
            all.append(rest[..<end])
            rest = rest[(end + 1)...]
            guard rest.isEmpty || rest.first == UInt8(ascii: " ") else { return nil }
            rest = rest.drop { $0 == UInt8(ascii: " ") }
        }
        return all
    }

    /// Where the string ends that begins here, and how many bytes it stands for.
    private static func end(of bytes: ArraySlice<UInt8>) -> (ArraySlice<UInt8>.Index, count: Int)? {
        var (index, count) = (bytes.startIndex, 0)
        while index < bytes.endIndex, bytes[index] != quote {
            if bytes[index] == backslash {
                let digits = bytes[(index + 1)...].prefix(3)
                let isNumber = digits.count == 3 && digits.allSatisfy { (0x30...0x39).contains($0) }
                if digits.first.map({ (0x30...0x39).contains($0) }) == true {
                    guard isNumber, UInt8(String(decoding: digits, as: UTF8.self)) != nil else { return nil }
                    index += 2
                }
                index += 1
            }
            index += 1
            count += 1
        }
        return index < bytes.endIndex ? (index, count) : nil
    }
}
