/// Consecutive addresses of IPv4, as the numbers that they are.
package struct IPv4Range: Hashable, Sendable {
    package let bounds: ClosedRange<UInt32>

    /// What is written as `192.0.2.44` or `192.0.2.0/24`; nil for anything else. Bits behind the prefix do not matter.
    package init?(_ text: String) {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(halves.count), let address = IPv4Range.number(halves[0]),
            let width = halves.count == 2 ? IPv4Range.decimal(halves[1]) : 32, width <= 32
        else { return nil }
        let rest = width == 0 ? UInt32.max : (UInt32(1) << (32 - width)) - 1
        bounds = address & ~rest...address | rest
    }

    private static func number(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(decimal)
        guard parts.count == 4 else { return nil }
        return parts.reduce(UInt32?(0)) { number, part in
            guard let number, let part, part <= 255 else { return nil }
            return number << 8 | part
        }
    }

    /// At most three digits, and no zero before others: some programs take such a number to be octal.
    private static func decimal(_ text: Substring) -> UInt32? {
        guard (1...3).contains(text.utf8.count), text.allSatisfy({ $0.isASCII && $0.isNumber }),
            text == "0" || !text.hasPrefix("0")
        else { return nil }
        return UInt32(text)
    }
}
