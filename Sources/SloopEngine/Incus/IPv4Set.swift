import SloopModel

/// Addresses of IPv4: ranges in order, with a gap between any two.
struct IPv4Set: Hashable, Sendable {
    private(set) var ranges: [ClosedRange<UInt32>] = []

    init(_ parts: [ClosedRange<UInt32>]) {
        for part in parts.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            guard let last = ranges.last, part.lowerBound == 0 || part.lowerBound - 1 <= last.upperBound else {
                ranges.append(part)
                continue
            }
            ranges[ranges.count - 1] = last.lowerBound...max(last.upperBound, part.upperBound)
        }
    }

    /// Who the rules let in, all of them together. What is no range of IPv4 lets nobody in.
    init(sourcesOf rules: [PortRule]) {
        self.init(rules.flatMap(\.cidrs).compactMap { IPv4Range($0)?.bounds })
    }

    var isEmpty: Bool { ranges.isEmpty }

    /// All others.
    var complement: IPv4Set {
        var left: [ClosedRange<UInt32>] = []
        var next: UInt32? = 0
        for range in ranges {
            if let first = next, first < range.lowerBound { left.append(first...range.lowerBound - 1) }
            next = range.upperBound == .max ? nil : range.upperBound + 1
        }
        if let next { left.append(next ... .max) }
        return IPv4Set(left)
    }

    func union(_ other: IPv4Set) -> IPv4Set { IPv4Set(ranges + other.ranges) }

    func contains(_ other: IPv4Set) -> Bool { union(other) == self }

    /// As Incus' rules have them.
    var text: String {
        ranges.map { range in
            let (first, last) = (IPv4(number: range.lowerBound), IPv4(number: range.upperBound))
            return first == last ? "\(first)" : "\(first)-\(last)"
        }.joined(separator: ",")
    }
}
