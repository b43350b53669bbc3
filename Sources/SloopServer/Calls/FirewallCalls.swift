import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addFirewallCalls() {
        add(Lightsail.OpenInstancePublicPorts.self, mayWait: true) { caller, input in
            let operation = try await caller.firewall.open(
                PortRule(try input.portInfo.required("portInfo")),
                of: try input.instanceName.required("instanceName"))
            return .init(operation: .init(operation, caller))
        }
        add(Lightsail.CloseInstancePublicPorts.self, mayWait: true) { caller, input in
            let operation = try await caller.firewall.close(
                PortRule(try input.portInfo.required("portInfo")),
                of: try input.instanceName.required("instanceName"))
            return .init(operation: .init(operation, caller))
        }
        add(Lightsail.PutInstancePublicPorts.self, mayWait: true) { caller, input in
            let operation = try await caller.firewall.put(
                try input.portInfos.required("portInfos").map { try PortRule($0) },
                of: try input.instanceName.required("instanceName"))
            return .init(operation: .init(operation, caller))
        }
        add(Lightsail.GetInstancePortStates.self) { caller, input in
            let rules = try await caller.firewall.rules(of: try input.instanceName.required("instanceName"))
            return .init(portStates: rules.map { .init($0) })
        }
    }
}

extension PortRule {
    init(_ info: Lightsail.PortInfo) throws {
        let name = try info.protocol.required("portInfo.protocol")
        guard let kind = PortRule.Transport(rawValue: name.lowercased()) else {
            throw SloopError(
                .invalidInput, "there is no protocol '\(name.prefix(40))'", tip: "use tcp, udp or all")
        }
        let aliases = info.cidrListAliases.flatMap { $0.isEmpty ? nil : $0 }
        // Without any, everybody may come.
        let isOpen = info.cidrs == nil && info.ipv6Cidrs == nil && aliases == nil
        // Everything is everything: what range a client names for it does not matter.
        self.init(
            fromPort: kind == .all ? 0 : try info.fromPort.required("portInfo.fromPort"),
            toPort: kind == .all ? 65535 : try info.toPort.required("portInfo.toPort"), protocol: kind,
            cidrs: isOpen ? [PortRule.everybody] : info.cidrs ?? [],
            ipv6Cidrs: isOpen ? [PortRule.everybodyIPv6] : info.ipv6Cidrs ?? [],
            cidrListAliases: aliases)
    }
}

extension Lightsail.InstancePortState {
    init(_ rule: PortRule) {
        self.init(
            fromPort: rule.fromPort, toPort: rule.toPort, protocol: rule.protocol.rawValue, state: "open",
            cidrs: rule.cidrs, ipv6Cidrs: rule.ipv6Cidrs, cidrListAliases: rule.cidrListAliases ?? [])
    }
}

extension Lightsail.InstancePortInfo {
    init(_ rule: PortRule) {
        self.init(
            fromPort: rule.fromPort, toPort: rule.toPort, protocol: rule.protocol.rawValue,
            accessFrom: rule.cidrs == [PortRule.everybody] ? "Anywhere (0.0.0.0/0)" : "Custom", accessType: "Public",
            commonName: "", accessDirection: "inbound", cidrs: rule.cidrs, ipv6Cidrs: rule.ipv6Cidrs,
            cidrListAliases: rule.cidrListAliases ?? [])
    }
}
