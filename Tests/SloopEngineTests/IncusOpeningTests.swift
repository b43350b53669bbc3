import SloopModel
import Testing

@testable import SloopEngine

@Suite struct IncusOpeningTests {
    private func tcp(_ from: Int, _ to: Int, _ cidrs: String...) -> PortRule {
        PortRule(fromPort: from, toPort: to, protocol: .tcp, cidrs: cidrs)
    }

    private func rule(_ transport: PortRule.Transport, _ cidrs: String...) -> PortRule {
        PortRule(fromPort: 0, toPort: 65535, protocol: transport, cidrs: cidrs)
    }

    /// Who gets in at the port, by what is asked of Incus: of all of these addresses those that no rule drops.
    private func getsIn(_ opening: IncusOpening, _ port: Int) -> [String] {
        let isPassed = opening.isWhole || opening.ports[.tcp]?.contains { $0.contains(port) } == true
        return ["192.0.2.1", "192.0.2.200", "198.51.100.7", "255.255.255.255", "0.0.0.0"].filter { text in
            guard isPassed, let address = IPv4(text)?.number else { return false }
            return !opening.shut.contains { shut in
                (shut.transport == nil || shut.transport == .tcp && shut.ports.contains { $0.contains(port) })
                    && shut.sources.ranges.contains { $0.contains(address) }
            }
        }
    }

    @Test func aRuleForSomeKeepsAllOthersOut() {
        let opening = IncusOpening([tcp(22, 22, "192.0.2.0/25", "198.51.100.7"), tcp(80, 80, "0.0.0.0/0")])
        #expect(opening.ports[.tcp] == [22...22, 80...80])
        #expect(getsIn(opening, 22) == ["192.0.2.1", "198.51.100.7"])
        #expect(getsIn(opening, 80).count == 5 && getsIn(opening, 81).isEmpty)
        #expect(
            opening.shut.map(\.sources.text) == [
                "0.0.0.0-192.0.1.255,192.0.2.128-198.51.100.6,198.51.100.8-255.255.255.255"
            ])
    }

    @Test func ofOverlappingRulesTheMostPermissiveWins() {
        let opening = IncusOpening([
            tcp(80, 90, "192.0.2.0/25"), tcp(85, 100, "198.51.100.7/32"), tcp(88, 88, "0.0.0.0/0"),
        ])
        #expect(opening.ports[.tcp] == [80...100])
        #expect(getsIn(opening, 80) == ["192.0.2.1"] && getsIn(opening, 84) == ["192.0.2.1"])
        #expect(getsIn(opening, 85) == ["192.0.2.1", "198.51.100.7"] && getsIn(opening, 90) == getsIn(opening, 85))
        #expect(getsIn(opening, 88).count == 5)
        #expect(getsIn(opening, 91) == ["198.51.100.7"] && getsIn(opening, 100) == ["198.51.100.7"])
        // As few rules as there are answers to "who".
        #expect(opening.shut.count == 3)
    }

    @Test func allProtocolsForSomeAreTcpAndUdpBesideRulesThatLetInMore() {
        let alone = IncusOpening([rule(.all, "192.0.2.0/24"), tcp(22, 22, "192.0.2.1")])
        #expect(alone.isWhole && alone.shut.count == 1 && alone.shut[0].transport == nil)
        #expect(getsIn(alone, 22) == ["192.0.2.1", "192.0.2.200"])
        let beside = IncusOpening([rule(.all, "192.0.2.0/24"), tcp(22, 22, "0.0.0.0/0")])
        #expect(!beside.isWhole && beside.ports == [.tcp: [1...65535], .udp: [1...65535]])
        #expect(getsIn(beside, 22).count == 5 && getsIn(beside, 23) == ["192.0.2.1", "192.0.2.200"])
        let open = IncusOpening([rule(.all, "0.0.0.0/0"), tcp(22, 22, "192.0.2.1")])
        #expect(open.isWhole && open.shut.isEmpty)
    }

    @Test func aListOfNobodyKeepsEverybodyOut() {
        let own = PortRule(
            fromPort: 22, toPort: 22, protocol: .tcp, cidrs: [], ipv6Cidrs: [], cidrListAliases: [PortRule.own])
        #expect(getsIn(IncusOpening([own]), 22).isEmpty)
        #expect(IncusOpening([own]).ports[.tcp] == [22...22])
        #expect(IncusOpening([tcp(0, 0, "0.0.0.0/0")]).ports[.tcp] == [])
    }

    @Test(arguments: [
        "", "192.0.2", "192.0.2.0/33", "192.0.2.256", "0192.0.2.1", "::/0", "192.0.2.0/", "192.0.2.0/+1", "a.b.c.d",
    ])
    func whatIsNoRangeIsNone(_ text: String) {
        #expect(IPv4Range(text) == nil)
        let error = #expect(throws: SloopError.self) { try tcp(22, 22, text).check() }
        #expect(error?.code == .invalidInput)
    }

    @Test func aSetAndItsComplementAreEverything() {
        for cidrs in [
            [], ["0.0.0.0/0"], ["0.0.0.0", "255.255.255.255"], ["128.0.0.0/1"],
            ["10.0.0.0/8", "10.1.2.3", "11.0.0.0/8"],
        ] {
            let set = IPv4Set(cidrs.compactMap { IPv4Range($0)?.bounds })
            #expect(set.complement.complement == set)
            #expect(set.union(set.complement).text == "0.0.0.0-255.255.255.255")
        }
    }
}
