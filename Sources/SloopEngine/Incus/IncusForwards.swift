package import SloopModel

extension IncusEngine {
    private var forwards: String { "/1.0/networks/\(settings.network)/forwards" }

    package func check(_ rules: [PortRule]) throws {
        for rule in rules {
            let what = "\(rule.fromPort)-\(rule.toPort)/\(rule.protocol.rawValue)"
            if rule.protocol == .icmp || rule.protocol == .icmpv6 {
                throw SloopError(
                    .notOffered, "the engine 'incus' cannot open \(what) by itself",
                    tip: "leave it out, or open everything with the protocol 'all'")
            }
            let isForAll =
                rule.cidrs.allSatisfy { $0 == PortRule.everybody }
                && rule.ipv6Cidrs.allSatisfy { $0 == PortRule.everybodyIPv6 } && !rule.cidrs.isEmpty
            guard isForAll else {
                throw SloopError(
                    .notOffered,
                    "the engine 'incus' cannot open \(what) for some and not for others: a network forward knows no source",
                    tip: "open it for 0.0.0.0/0 and filter in the machine, with nftables")
            }
        }
    }

    package func setPublicAccess(_ access: PublicAccess) async throws {
        try check(access.rules)
        try await calling("open the ports of '\(access.hostName)'") {
            // The new way in first: it is never without one.
            try await openPorts(access)
            try await closePorts(of: access.instance, but: access.address)
        }
    }

    /// Makes the forward, or makes the one that is there into this one if it is ours.
    func openPorts(_ access: PublicAccess) async throws {
        guard access.address != access.place.address else { return }
        let path = "\(forwards)/\(access.address)"
        let forward = IncusForward(access, installation: installation)
        for attempt in 1... {
            if let found = try await client.find(path, as: IncusForward.self) {
                guard found.config["user.sloop.installation"] == installation else {
                    throw SloopError(
                        .operationFailed, "the public address \(access.address) has a forward that is not ours",
                        tip: "see it: incus network forward show \(settings.network) \(access.address)")
                }
                if found.ports == forward.ports && found.config == forward.config { return }
                try await client.change(.PUT, path, forward)
                return
            }
            do {
                try await client.change(.POST, forwards, forward)
                return
            } catch let no as IncusClient.Refusal {
                // Somebody else may have made it in between.
                guard attempt < 3, try await client.find(path, as: IncusForward.self) != nil else { throw no }
            }
        }
    }

    /// Removes what the machine is reached by, but for one address.
    func closePorts(of id: InstanceID, but kept: String? = nil) async throws {
        for forward in try await ours()
        where forward.config["user.sloop.instance"] == id.value && forward.listen_address != kept {
            try await client.remove("\(forwards)/\(forward.listen_address)")
        }
    }

    package func leftovers() async throws -> Set<InstanceID> {
        try await calling("list the network forwards") {
            Set(try await ours().compactMap { $0.config["user.sloop.instance"].map { InstanceID($0) } })
        }
    }

    private func ours() async throws -> [IncusForward] {
        let all: [IncusForward] = try await client.get("\(forwards)?recursion=1")
        return all.filter { $0.config["user.sloop.installation"] == installation }
    }
}

extension IncusForward {
    init(_ access: PublicAccess, installation: String) {
        listen_address = access.address
        description = "sloop \(access.hostName)"
        config = ["user.sloop.installation": installation, "user.sloop.instance": access.instance.value]
        let isOpen = access.rules.contains { $0.protocol == .all }
        if isOpen { config["target_address"] = access.place.address }
        let kinds: [PortRule.Transport] = isOpen ? [] : [.tcp, .udp]
        ports = kinds.compactMap { kind in
            let ranges = IncusForward.ranges(access.rules.filter { $0.protocol == kind })
            return ranges.isEmpty
                ? nil
                : Port(
                    protocol: kind.rawValue, listen_port: ranges, target_address: access.place.address,
                    target_port: ranges)
        }
    }

    /// `22,80,1000-1010`: Incus refuses ports that come twice.
    static func ranges(_ rules: [PortRule]) -> String {
        var merged: [(from: Int, to: Int)] = []
        for rule in rules.sorted(by: { $0.fromPort < $1.fromPort }) {
            if let last = merged.last, rule.fromPort <= last.to + 1 {
                merged[merged.count - 1].to = max(last.to, rule.toPort)
            } else {
                // Nothing listens at port 0, and Incus does not take it.
                merged.append((max(1, rule.fromPort), max(1, rule.toPort)))
            }
        }
        return merged.map { $0.from == $0.to ? "\($0.from)" : "\($0.from)-\($0.to)" }.joined(separator: ",")
    }
}
