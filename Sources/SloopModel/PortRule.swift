/// Ports of a machine that can be reached from outside.
package struct PortRule: Codable, Hashable, Sendable {
    package enum Transport: String, Codable, Sendable, CaseIterable { case tcp, udp, icmp, icmpv6, all }

    package var fromPort: Int
    package var toPort: Int
    package var `protocol`: Transport
    /// Who may reach them; all of IPv4 and of IPv6 for everybody.
    package var cidrs: [String]
    package var ipv6Cidrs: [String]

    /// Takes the values as they are; see ``check()``.
    package init(
        fromPort: Int, toPort: Int, protocol: Transport, cidrs: [String] = [PortRule.everybody],
        ipv6Cidrs: [String] = [PortRule.everybodyIPv6]
    ) {
        self.fromPort = fromPort
        self.toPort = toPort
        self.protocol = `protocol`
        self.cidrs = cidrs
        self.ipv6Cidrs = ipv6Cidrs
    }

    package static let everybody = "0.0.0.0/0"
    package static let everybodyIPv6 = "::/0"

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

    /// Throws `invalidInput` for ports that there are not.
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
    }
}
