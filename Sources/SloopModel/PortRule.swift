import Foundation

/// Ports of a machine that can be reached from outside.
package struct PortRule: Codable, Hashable, Sendable {
    package enum Transport: String, Codable, Sendable, CaseIterable { case tcp, udp, icmp, icmpv6, all }

    package var fromPort: Int
    package var toPort: Int
    package var `protocol`: Transport
    /// Who may reach them; all of IPv4 and of IPv6 for everybody.
    package var cidrs: [String]
    package var ipv6Cidrs: [String]
    /// Names of lists of addresses, of which there is one: ``own``. Nil for none.
    package var cidrListAliases: [String]?

    /// Takes the values as they are; see ``check()``.
    package init(
        fromPort: Int, toPort: Int, protocol: Transport, cidrs: [String] = [PortRule.everybody],
        ipv6Cidrs: [String] = [PortRule.everybodyIPv6], cidrListAliases: [String]? = nil
    ) {
        self.fromPort = fromPort
        self.toPort = toPort
        self.protocol = `protocol`
        self.cidrs = cidrs
        self.ipv6Cidrs = ipv6Cidrs
        self.cidrListAliases = cidrListAliases
    }

    package static let everybody = "0.0.0.0/0"
    package static let everybodyIPv6 = "::/0"
    /// Lightsail's word for its own ways to log in: here the computer that Sloop runs on, which always gets in.
    package static let own = "lightsail-connect"
    /// Addresses and ranges of one rule, of IPv4 and of IPv6 each; Lightsail's limit.
    private static let sourceLimit = 60

    /// One TCP port for everybody.
    package static func tcp(_ port: Int) -> PortRule { PortRule(fromPort: port, toPort: port, protocol: .tcp) }

    /// Whether the two are about the same ports, whoever may reach them.
    package func isAbout(_ other: PortRule) -> Bool {
        fromPort == other.fromPort && toPort == other.toPort && `protocol` == other.protocol
    }

    /// The ports in short, e.g. `22/tcp` or `8000-8010/udp`.
    package var label: String {
        (fromPort == toPort ? "\(fromPort)" : "\(fromPort)-\(toPort)") + "/\(`protocol`.rawValue)"
    }

    /// Who may reach the ports, in words for people.
    package var sources: String {
        cidrs == [PortRule.everybody] ? "everybody" : (cidrs + (cidrListAliases ?? [])).joined(separator: ", ")
    }

    /// Throws `invalidInput` for ports and for sources that there are not.
    package func check() throws {
        let isRange =
            switch `protocol` {
            case .tcp, .udp, .all: (0...65535).contains(fromPort) && (fromPort...65535).contains(toPort)
            case .icmp, .icmpv6: (-1...255).contains(fromPort) && (-1...255).contains(toPort)
            }
        guard isRange else {
            throw SloopError(
                .invalidInput, "\(fromPort) to \(toPort) is no range of \(`protocol`.rawValue) ports",
                tip: "use 0 to 65535, the lower one first")
        }
        if let wrong = cidrs.first(where: { IPv4Range($0) == nil }) {
            throw SloopError(
                .invalidInput, "'\(wrong.prefix(60))' is no range of IPv4 addresses", tip: "write it as 192.0.2.0/24")
        }
        if let wrong = ipv6Cidrs.first(where: { !PortRule.isIPv6Range($0) }) {
            throw SloopError(
                .invalidInput, "'\(wrong.prefix(60))' is no range of IPv6 addresses", tip: "write it as 2001:db8::/32")
        }
        if let unknown = cidrListAliases?.first(where: { $0 != PortRule.own }) {
            throw SloopError(
                .invalidInput, "there is no list of addresses '\(unknown.prefix(40))'",
                tip: "the one that there is: \(PortRule.own)")
        }
        guard max(cidrs.count, ipv6Cidrs.count) <= PortRule.sourceLimit else {
            throw SloopError(
                .invalidInput, "the rule for \(label) has more than \(PortRule.sourceLimit) sources",
                tip: "use larger ranges")
        }
    }

    private static func isIPv6Range(_ text: String) -> Bool {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        var address = in6_addr()
        guard (1...2).contains(halves.count), inet_pton(AF_INET6, halves[0], &address) == 1 else { return false }
        return halves.count == 1 || Int(halves[1]).map { (0...128).contains($0) } == true
    }
}
