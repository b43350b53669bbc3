import SloopModel

/// What a machine's rules come to in Incus: the ports that a forward passes on, and who is kept out of which.
///
/// Rules for the same port let in whom any of them lets in, as on Lightsail.
struct IncusOpening: Equatable {
    struct Shut: Equatable {
        /// Nil for whatever is not IPv6.
        let transport: PortRule.Transport?
        let ports: [ClosedRange<Int>]
        let sources: IPv4Set
    }

    /// Whether everything is passed on, and not tcp and udp alone.
    private(set) var isWhole = false
    private(set) var ports: [PortRule.Transport: [ClosedRange<Int>]] = [:]
    private(set) var shut: [Shut] = []

    init(_ rules: [PortRule]) {
        let everything = rules.filter { $0.protocol == .all }
        let sources = IPv4Set(sourcesOf: everything)
        // There is no way to say "everything else" of other protocols: beside rules that let more in, `all` is tcp and udp.
        if !everything.isEmpty, sources.contains(IPv4Set(sourcesOf: rules)) {
            isWhole = true
            if !sources.complement.isEmpty { shut = [Shut(transport: nil, ports: [], sources: sources.complement)] }
            return
        }
        for transport in [PortRule.Transport.tcp, .udp] {
            let rules = rules.filter { $0.protocol == transport || $0.protocol == .all }
            // Nothing listens at port 0, and Incus does not take it.
            let spans = rules.filter { $0.toPort > 0 }.map { (rule: $0, ports: max(1, $0.fromPort)...$0.toPort) }
            ports[transport] = PortRanges.merged(spans.map(\.ports))
            var closed: [(sources: IPv4Set, ports: [ClosedRange<Int>])] = []
            for piece in PortRanges.pieces(spans.map(\.ports)) {
                let about = spans.filter { $0.ports.contains(piece.lowerBound) }
                let out = IPv4Set(sourcesOf: about.map(\.rule)).complement
                guard !about.isEmpty, !out.isEmpty else { continue }
                if let same = closed.firstIndex(where: { $0.sources == out }) {
                    closed[same].ports.append(piece)
                } else {
                    closed.append((out, [piece]))
                }
            }
            shut += closed.map { Shut(transport: transport, ports: PortRanges.merged($0.ports), sources: $0.sources) }
        }
    }

    /// Whether some are kept out of that port of tcp.
    func keepsSomeOut(ofTCP port: Int) -> Bool {
        shut.contains { $0.transport == nil || $0.transport == .tcp && $0.ports.contains { $0.contains(port) } }
    }
}

/// Ranges of ports as Incus writes them, which takes no port twice.
enum PortRanges {
    static func merged(_ ranges: [ClosedRange<Int>]) -> [ClosedRange<Int>] {
        ranges.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { merged, range in
            if let last = merged.last, range.lowerBound <= last.upperBound + 1 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
    }

    /// Cut wherever one begins or ends, so that each piece is wholly in a range or wholly outside of it.
    static func pieces(_ ranges: [ClosedRange<Int>]) -> [ClosedRange<Int>] {
        let cuts = Set(ranges.flatMap { [$0.lowerBound, $0.upperBound + 1] }).sorted()
        return zip(cuts, cuts.dropFirst()).map { $0...$1 - 1 }
    }

    static func text(_ ranges: [ClosedRange<Int>]) -> String {
        ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")
    }
}
