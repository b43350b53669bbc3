import SloopModel
import SloopProvisioner

extension InstancePage {
    /// Open ports, and the address.
    struct NetworkView: Sendable {
        struct Rule: Sendable {
            let label: String
            let from: Int
            let to: Int
            let transport: String
            let sources: String
        }
        struct Address: Sendable {
            let label: String
            let address: String
        }

        let rules: [Rule]
        let firewallObstacle: String?
        let staticAddress: Address?
        let freeAddresses: [Address]
        let canGiveAddress: Bool
        let addressObstacle: String?

        init(_ view: InstanceService.View, _ visit: Visit) async throws {
            rules = try await visit.services.firewall.rules(of: view.instance.name).map { rule in
                Rule(
                    label: rule.label, from: rule.fromPort, to: rule.toPort, transport: rule.protocol.rawValue,
                    sources: rule.sources)
            }
            firewallObstacle = visit.provisioner.obstacleToFirewall.map(Wording.sentence)
            addressObstacle = visit.provisioner.obstacleToStaticAddresses.map(Wording.sentence)
            let all = try await visit.services.staticAddresses.page(after: nil, limit: 100)
            staticAddress = all.first { $0.instance?.id == view.instance.id }.map { one in
                Address(label: one.address.name, address: one.address.address)
            }
            freeAddresses = all.filter { $0.instance == nil }.map { one in
                Address(label: one.address.name, address: one.address.address)
            }
            canGiveAddress = staticAddress == nil && addressObstacle == nil
        }
    }
}

extension Visit {
    private func openedRule() throws -> PortRule {
        let (from, to) = (form["from"], form["to"])
        guard let transport = PortRule.Transport(rawValue: form["transport"]) else {
            throw SloopError(
                .invalidInput, "there is no protocol '\(form["transport"].prefix(40))'", tip: "use tcp or udp")
        }
        let first = from.isEmpty ? nil : Int(from)
        guard let first, let last = to.isEmpty ? first : Int(to) else {
            throw SloopError(.invalidInput, "'\(from.prefix(20))' is no port", tip: "use 0 to 65535")
        }
        let sources = form["sources"].split { $0 == "," || $0.isWhitespace }.map(String.init)
        let rule =
            sources.isEmpty
            ? PortRule(fromPort: first, toPort: last, protocol: transport)
            : PortRule(fromPort: first, toPort: last, protocol: transport, cidrs: sources, ipv6Cidrs: [])
        try rule.check()
        return rule
    }

    func openPort() async throws -> PageAnswer {
        try await act {
            InstancePage(name, given: form, faults: $0)
        } _: {
            let rule = try await FieldError.blaming("port") { try openedRule() }
            _ = try await FieldError.blaming("port") { try await services.firewall.open(rule, of: name) }
            return .seeOther("/instances/\(name)#network")
        }
    }

    func closePort() async throws -> PageAnswer {
        try await act {
            InstancePage(name, given: form, faults: $0)
        } _: {
            let rule = try await FieldError.blaming("port") { try openedRule() }
            _ = try await FieldError.blaming("port") { try await services.firewall.close(rule, of: name) }
            return .seeOther("/instances/\(name)#network")
        }
    }

    /// Attaches a static address: one that is there, or a new one of the given name.
    func giveStaticAddress() async throws -> PageAnswer {
        try await act {
            InstancePage(name, given: form, faults: $0)
        } _: {
            let (chosen, new) = (form["address"], form["new-address"])
            let address = new.isEmpty ? chosen : new
            try await FieldError.blaming("address") {
                if !new.isEmpty { _ = try await services.staticAddresses.allocate(new) }
                _ = try await services.staticAddresses.attach(address, to: name)
            }
            return .seeOther("/instances/\(name)#network")
        }
    }
}
