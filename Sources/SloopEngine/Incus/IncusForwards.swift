package import SloopModel
import Synchronization

// A machine's public address is a network forward, which no two can have for the same address: who has the forward has
// the address. Its ports are the machine's firewall, for everybody; who is kept out is in IncusRestrictions.

extension IncusEngine {
    package func check(_ rules: [PortRule]) throws {
        for rule in rules { try rule.check() }
        let opening = IncusOpening(rules)
        let opensAll = rules.contains { $0.protocol == .all }
        guard places.hasPublicAddresses || opensAll else {
            throw SloopError(
                .notOffered, "the network '\(settings.network)' has no public addresses, and so no firewall at them",
                tip: "give it some: SLOOP_PUBLIC_NET=RANGE scripts/install-incus")
        }
        for rule in rules {
            // Nobody comes from an address of IPv6, so that whoever is named of them is let in as far as he can be.
            guard !rule.cidrs.isEmpty || rule.cidrListAliases != nil, rule.protocol != .icmpv6 else {
                throw SloopError(
                    .notOffered, "instances have no addresses of IPv6", tip: "open ports to \(PortRule.everybody)")
            }
            guard rule.protocol != .icmp || opening.isWhole else {
                throw SloopError(
                    .notOffered, "the engine 'incus' cannot open icmp alone",
                    tip: "open tcp or udp ports, or all protocols together")
            }
        }
        guard !opening.shut.isEmpty else { return }
        if let obstacleToSources {
            throw SloopError(
                .notOffered, "the engine 'incus' cannot open ports to some addresses alone: \(obstacleToSources)",
                tip: "open them to \(PortRule.everybody), and let the machine's own firewall choose")
        }
        // Sloop comes from an address that is not known here, and must not be kept out itself.
        guard !client.server.isElsewhere || !opening.keepsSomeOut(ofTCP: 22) else {
            throw SloopError(
                .notOffered, "with an Incus elsewhere the port of ssh cannot be opened to some addresses alone",
                tip: "open 22/tcp to \(PortRule.everybody), or run sloop where that Incus is")
        }
    }

    package func setPublicAccess(_ access: PublicAccess) async throws {
        try check(access.rules)
        try await calling("set what reaches '\(access.hostName)'") {
            // The new one first: a machine that moves is never without an address.
            try await open(access) { try await removeForwards(of: access.instance, except: access.address) }
        }
    }

    /// Has the public address pass on what the rules open, to whom they open it.
    ///
    /// Who is kept out before or after is kept out in between: at no moment somebody gets in whom neither the old rules nor
    /// the new ones let in, also if it is the server's last.
    ///
    /// - Parameter between: what is done before those are let in again whom only the old rules kept out.
    func open(_ access: PublicAccess, _ between: () async throws -> Void = {}) async throws {
        let opening = IncusOpening(access.rules)
        let wanted = restrictions(opening, access)
        let isMore = try await restrict(access, to: wanted, keeping: true)
        try await setForward(access, opening)
        try await between()
        if isMore { try await restrict(access, to: wanted, keeping: false) }
    }

    package func leftovers() async throws -> Set<InstanceID> {
        try await calling("list what is left") {
            Set(try await publicAddresses().values).union(try await restricted())
        }
    }

    /// Whose of ours the public addresses are, by address.
    func publicAddresses() async throws -> [String: InstanceID] {
        try await calling("list the public addresses") {
            try await forwards().reduce(into: [:]) { all, forward in
                guard owns(forward.config), let id = forward.config["user.sloop.instance"] else { return }
                all[forward.listen_address] = InstanceID(id)
            }
        }
    }

    /// Makes the forward of the address the machine's, with exactly these ports; one of another of ours becomes its.
    private func setForward(_ access: PublicAccess, _ opening: IncusOpening) async throws {
        guard access.address != access.place.address else { return }
        let wanted = forward(access, opening)
        try await changing {
            do {
                try await patiently { try await client.change(.POST, path, wanted) }
            } catch let no as IncusClient.Refusal {
                guard let found = try await client.find("\(path)/\(access.address)", as: IncusForward.self) else {
                    throw no
                }
                guard owns(found.config) else {
                    throw SloopError(
                        .operationFailed, "the public address \(access.address) has a forward that is not ours",
                        tip: "see it: incus network forward show \(settings.network) \(access.address)")
                }
                // Every change has Incus write all of its rules anew.
                if found != wanted {
                    try await patiently { try await client.change(.PUT, "\(path)/\(access.address)", wanted) }
                }
            }
        }
    }

    func removeForwards(of id: InstanceID, except address: String? = nil) async throws {
        try await changing {
            for forward in try await forwards()
            where owns(forward.config) && forward.config["user.sloop.instance"] == id.value
                && forward.listen_address != address
            {
                try await patiently { try await client.remove("\(path)/\(forward.listen_address)") }
            }
        }
    }

    /// Has Incus write the rules of all forwards anew, by a change of that one that means nothing.
    func renew(_ address: String) async throws {
        try await changing {
            let found = try await client.find("\(path)/\(address)", as: IncusForward.self)
            guard var forward = found, owns(forward.config) else { return }
            let mark = "user.sloop.renewed"
            forward.config[mark] = forward.config[mark] == nil ? "true" : nil
            try await patiently { try await client.change(.PUT, "\(path)/\(address)", forward) }
        }
    }

    /// Changes forwards, or the bridge itself, in turn with all of this process that do.
    ///
    /// For each change Incus reads all forwards from its database and writes the bridge's rules anew: of two at once the later
    /// writer may have read before the first one's forward was there, and that address is not passed on, though it is listed,
    /// until the next change. And one that was just taken over by another machine could be removed as its former owner's.
    func changing<Value>(_ body: () async throws -> Value) async throws -> Value {
        do { return try await IncusEngine.bridgeTurns.taking(body) } catch {
            // What was given up Incus may still do, beside whoever is next.
            neighbours.mayStillChange()
            throw error
        }
    }

    /// Incus gives a change up if another one, which may be of another program, takes from the bridge's rules or ports what it
    /// was about to change: a machine that starts or stops, or the last forward that goes.
    private func patiently(_ body: () async throws -> Void) async throws {
        for attempt in 1...3 {
            do {
                return try await body()
            } catch let no as IncusClient.Refusal where no.isOfAMoment {
                try await Task.sleep(for: .milliseconds(100) * attempt)
            }
        }
        return try await body()
    }

    private var path: String { "/1.0/networks/\(settings.network)/forwards" }

    func forwards() async throws -> [IncusForward] { try await client.get("\(path)?recursion=1") }

    func forward(_ access: PublicAccess, _ opening: IncusOpening) -> IncusForward {
        var forward = IncusForward(
            listen_address: access.address, description: "sloop \(access.hostName)",
            config: ["user.sloop.installation": installation, "user.sloop.instance": access.instance.value], ports: [])
        if opening.isWhole { forward.config["target_address"] = access.place.address }
        for transport in [PortRule.Transport.tcp, .udp] {
            guard let ranges = opening.ports[transport], !ranges.isEmpty else { continue }
            forward.ports.append(
                IncusForward.Port(
                    protocol: transport.rawValue, listen_port: PortRanges.text(ranges),
                    target_address: access.place.address))
        }
        return forward
    }
}

extension IncusClient.Refusal {
    fileprivate var isOfAMoment: Bool { message.contains("bridge port") || message.contains("nftables") }
}

/// Lets one after the other through, in the order in which they came.
final class Turns: Sendable {
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
