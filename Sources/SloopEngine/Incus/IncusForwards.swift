package import SloopModel
import Synchronization

// A machine's public address is a network forward, which no two can have for the same address: who has the forward has
// the address. Its ports are the machine's firewall.

extension IncusEngine {
    package func check(_ rules: [PortRule]) throws {
        for rule in rules { try rule.check() }
        let opensAll = rules.contains(where: \.opensAll)
        guard places.hasPublicAddresses || opensAll else {
            throw SloopError(
                .notOffered, "the network '\(settings.network)' has no public addresses, and so no firewall at them",
                tip: "give it some: SLOOP_PUBLIC_NET=RANGE scripts/install-incus")
        }
        for rule in rules {
            // There are no addresses of IPv6, so that everybody who has one is nobody.
            let sources =
                rule.cidrs.filter { $0 != PortRule.everybody } + rule.ipv6Cidrs.filter { $0 != PortRule.everybodyIPv6 }
            if let source = sources.first {
                throw SloopError(
                    .notOffered, "the engine 'incus' cannot open ports to \(source.prefix(60)) alone",
                    tip: "open them to \(PortRule.everybody), and let the machine's own firewall choose")
            }
            guard !rule.cidrs.isEmpty, rule.protocol != .icmpv6 else {
                throw SloopError(
                    .notOffered, "instances have no addresses of IPv6", tip: "open ports to \(PortRule.everybody)")
            }
            guard rule.protocol != .icmp || opensAll else {
                throw SloopError(
                    .notOffered, "the engine 'incus' cannot open icmp alone",
                    tip: "open tcp or udp ports, or all protocols together")
            }
        }
    }

    package func setPublicAccess(_ access: PublicAccess) async throws {
        try check(access.rules)
        try await calling("set what reaches '\(access.hostName)'") {
            // The new one first: a machine that moves is never without an address.
            try await setForward(access)
            try await removeForwards(of: access.instance, except: access.address)
        }
    }

    package func leftovers() async throws -> Set<InstanceID> { Set(try await publicAddresses().values) }

    /// Whose of ours the public addresses are, by address.
    func publicAddresses() async throws -> [String: InstanceID] {
        try await calling("list the public addresses") {
            try await forwards().reduce(into: [:]) { all, forward in
                guard forward.config["user.sloop.installation"] == installation,
                    let id = forward.config["user.sloop.instance"]
                else { return }
                all[forward.listen_address] = InstanceID(id)
            }
        }
    }

    /// Makes the forward of the address the machine's, with exactly these ports; one of another of ours becomes its.
    func setForward(_ access: PublicAccess) async throws {
        guard access.address != access.place.address else { return }
        let wanted = forward(access)
        do { try await client.change(.POST, path, wanted) } catch let no as IncusClient.Refusal {
            try await turns.taking {
                guard let found = try await client.find("\(path)/\(access.address)", as: IncusForward.self) else {
                    throw no
                }
                guard found.config["user.sloop.installation"] == installation else {
                    throw SloopError(
                        .operationFailed, "the public address \(access.address) has a forward that is not ours",
                        tip: "see it: incus network forward show \(settings.network) \(access.address)")
                }
                // Every change has Incus write all of its rules anew.
                if found != wanted { try await client.change(.PUT, "\(path)/\(access.address)", wanted) }
            }
        }
    }

    func removeForwards(of id: InstanceID, except address: String? = nil) async throws {
        try await turns.taking {
            for forward in try await forwards()
            where forward.config["user.sloop.instance"] == id.value
                && forward.config["user.sloop.installation"] == installation && forward.listen_address != address
            {
                try await client.remove("\(path)/\(forward.listen_address)")
            }
        }
    }

    private var path: String { "/1.0/networks/\(settings.network)/forwards" }

    func forwards() async throws -> [IncusForward] { try await client.get("\(path)?recursion=1") }

    func forward(_ access: PublicAccess) -> IncusForward {
        var forward = IncusForward(
            listen_address: access.address, description: "sloop \(access.hostName)",
            config: ["user.sloop.installation": installation, "user.sloop.instance": access.instance.value], ports: [])
        if access.rules.contains(where: \.opensAll) {
            forward.config["target_address"] = access.place.address
            return forward
        }
        for transport in [PortRule.Transport.tcp, .udp] {
            let ranges = PortRanges.merged(access.rules.filter { $0.protocol == transport })
            guard !ranges.isEmpty else { continue }
            forward.ports.append(
                IncusForward.Port(
                    protocol: transport.rawValue, listen_port: ranges.joined(separator: ","),
                    target_address: access.place.address))
        }
        return forward
    }
}

extension PortRule {
    /// Whether it lets everything of everybody in.
    var opensAll: Bool { `protocol` == .all && cidrs.contains(PortRule.everybody) }
}

/// Ranges of ports as Incus writes them, which takes no port twice.
enum PortRanges {
    static func merged(_ rules: [PortRule]) -> [String] {
        var merged: [ClosedRange<Int>] = []
        for rule in rules.sorted(by: { $0.fromPort < $1.fromPort }) {
            if let last = merged.last, rule.fromPort <= last.upperBound + 1 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, rule.toPort)
            } else {
                // Nothing listens at port 0, and Incus does not take it.
                merged.append(max(1, rule.fromPort)...max(1, rule.toPort))
            }
        }
        return merged.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
    }
}

/// Lets what takes or removes forwards happen one after the other: without it, one that was just taken over by another
/// machine could be removed as its former owner's.
final class ForwardTurns: Sendable {
    private let line = Mutex((isTaken: false, waiting: [CheckedContinuation<Void, Never>]()))

    func taking<Value>(_ body: () async throws -> Value) async throws -> Value {
        await withCheckedContinuation { turn in
            let isFirst = line.withLock { line in
                defer { line.isTaken = true }
                if line.isTaken { line.waiting.append(turn) }
                return !line.isTaken
            }
            if isFirst { turn.resume() }
        }
        defer {
            let next = line.withLock { line in
                if line.waiting.isEmpty { line.isTaken = false }
                return line.waiting.isEmpty ? nil : line.waiting.removeFirst()
            }
            next?.resume()
        }
        return try await body()
    }
}
