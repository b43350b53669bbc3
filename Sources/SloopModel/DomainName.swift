/// DNS' rules for names (RFC 1035 and 2181), and what of them Sloop takes: letters, digits, `-`, and `_` where no host is
/// meant. Names in other letters are given in their ASCII form (`xn--…`).
package enum DomainName {
    /// The name as it is kept and compared: lower case, no dot at the end.
    package static func normal(_ name: String) -> String {
        let lower = name.lowercased()
        return lower.count > 1 && lower.hasSuffix(".") ? String(lower.dropLast()) : lower
    }

    /// The name of a zone in its normal form. Throws `invalidInput` unless it is one that could be registered: two labels
    /// or more, of letters, digits and `-`.
    package static func zone(_ name: String) throws -> String {
        let name = normal(name)
        let labels = labels(of: name)
        guard labels.count >= 2, isName(name, labels), labels.allSatisfy({ isHostLabel($0) }),
            !(labels.last ?? "").utf8.allSatisfy(isDigit)
        else {
            throw SloopError(
                .invalidInput, "\(shown(name)) is not the name of a domain",
                tip: "write it like example.com: letters, digits and '-', with a dot in it")
        }
        return name
    }

    /// The name of a record in its normal form. Throws `invalidInput` unless it is in the zone.
    package static func entry(_ name: String, in zone: String) throws -> String {
        let name = normal(name)
        guard name == zone || name.hasSuffix("." + zone) else {
            throw SloopError(
                .invalidInput, "\(shown(name)) is not in the domain '\(zone)'",
                tip: "write the whole name, e.g. www.\(zone), or \(zone) itself")
        }
        var labels = labels(of: name)
        // A star stands for all names below, and only as the first of the labels.
        if labels.first == "*" { labels.removeFirst() }
        guard isName(name, labels), labels.allSatisfy({ isLabel($0) }) else {
            throw SloopError(
                .invalidInput, "\(shown(name)) is not a name that a record can have",
                tip: "use labels of 1 to 63 letters, digits, '-' and '_', and '*' only as the first")
        }
        return name
    }

    /// The name of a host that a record points to in its normal form; nil unless it is a whole name.
    package static func host(_ name: String) -> String? {
        let name = normal(name)
        let labels = labels(of: name)
        return labels.count >= 2 && isName(name, labels) && labels.allSatisfy { isLabel($0) } ? name : nil
    }

    private static func labels(of name: String) -> [Substring] {
        name.split(separator: ".", omittingEmptySubsequences: false)
    }

    private static func isName(_ name: String, _ labels: [Substring]) -> Bool {
        (1...253).contains(name.utf8.count) && labels.allSatisfy { (1...63).contains($0.utf8.count) }
    }

    private static func isLabel(_ label: Substring) -> Bool {
        label.utf8.allSatisfy { isDigit($0) || (0x61...0x7A).contains($0) || $0 == 0x2D || $0 == 0x5F }
    }

    private static func isHostLabel(_ label: Substring) -> Bool {
        isLabel(label) && !label.contains("_") && !label.hasPrefix("-") && !label.hasSuffix("-")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func shown(_ name: String) -> String { "'\(RecordType.printable(name))'" }
}
