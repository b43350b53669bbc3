import Foundation
import SloopModel
import Synchronization

// A forward passes a port on to everybody or to nobody. Who is kept out of an open port is in an ACL of this Sloop's on the
// bridge: its rules see a packet on the way to the machine's private address, with the client's own address still in it.
// What is not dropped there is let in, as it would be without an ACL.

extension IncusEngine {
    /// The ACL's name.
    var aclName: String { "sloop-\(installation)" }

    private var aclPath: String { "/1.0/network-acls/\(aclName)" }

    /// Why ports cannot be opened to some addresses alone on that Incus; nil if they can.
    static func obstacleToSources(_ server: IncusAbout) -> String? {
        guard server.api_extensions?.contains("network_bridge_acl") == true else {
            return "this Incus has no ACLs for bridges"
        }
        let firewall = server.environment?.firewall ?? "none"
        return firewall == "nftables" ? nil : "Incus uses \(firewall) on its host, and not nftables"
    }

    /// Has the rules keep these out of the machine, besides those that are kept out of it already if `keeping` says so.
    /// Returns whether some of those are left.
    @discardableResult
    func restrict(_ access: PublicAccess, to wanted: Set<IncusACL.Rule>, keeping: Bool) async throws -> Bool {
        if wanted.isEmpty && restrictions.areNone { return false }
        return try await restrictions.turns.taking {
            var isLeft = false
            try await edit(mustBeThere: !wanted.isEmpty) { rules in
                let mine = rules.filter { rule in
                    owner(of: rule).map { $0 == access.instance || rule.destination == access.place.address } == true
                }
                let target = keeping ? wanted.union(mine) : wanted
                isLeft = target != wanted
                guard target != Set(mine) else { return }
                rules.removeAll { mine.contains($0) }
                rules += target.sorted { $0.order < $1.order }
            }
            return isLeft
        }
    }

    /// Takes away what keeps others out of a machine that is gone, or is about to go.
    func liftRestrictions(of id: InstanceID) async throws {
        if restrictions.areNone { return }
        try await restrictions.turns.taking {
            try await edit(mustBeThere: false) { rules in rules.removeAll { owner(of: $0) == id } }
        }
    }

    /// The instances that rules are about.
    func restricted() async throws -> Set<InstanceID> {
        guard let acl = try await client.find(aclPath, as: IncusACL.self), owns(acl.config) else { return [] }
        let owners = Set(acl.ingress.compactMap { owner(of: $0) })
        // From a predecessor, whose last call came late.
        if !owners.isEmpty { restrictions.areNone = false }
        return owners
    }

    /// The rules that are carried out, by whose they are: none if somebody took the ACL from the bridge.
    func allRestrictions() async throws -> [InstanceID: [IncusACL.Rule]] {
        guard let acl = try await client.find(aclPath, as: IncusACL.self), owns(acl.config), isAttached(acl) else {
            return [:]
        }
        let all = acl.ingress.reduce(into: [InstanceID: [IncusACL.Rule]]()) { all, rule in
            if let owner = owner(of: rule) { all[owner, default: []].append(rule) }
        }
        // One that was given up may have come late.
        if !all.isEmpty { restrictions.areNone = false }
        return all
    }

    /// The rules that keep everybody out whom the machine's own do not let in. Sloop's logins come from the bridge's own
    /// address, which is never kept out.
    func restrictions(_ opening: IncusOpening, _ access: PublicAccess) -> Set<IncusACL.Rule> {
        let host = IPv4Set([places.gateway.number...places.gateway.number])
        return Set(
            opening.shut.map { shut in
                IncusACL.Rule(
                    action: "drop", source: shut.sources.complement.union(host).complement.text,
                    destination: access.place.address, protocol: shut.transport?.rawValue,
                    destination_port: shut.transport.map { _ in PortRanges.text(shut.ports) },
                    description: "sloop \(access.instance)")
            })
    }

    private func owner(of rule: IncusACL.Rule) -> InstanceID? {
        let words = (rule.description ?? "").split(separator: " ")
        return words.count == 2 && words[0] == "sloop" ? InstanceID(String(words[1])) : nil
    }

    /// Changes the ACL's rules. Incus takes two changes that were made from the same without a word, so nobody else may be at
    /// it: there is one server of an installation, and it takes turns.
    private func edit(mustBeThere: Bool, _ change: (inout [IncusACL.Rule]) -> Void) async throws {
        if mustBeThere, try await client.find(aclPath, as: JSONObject.self) == nil { try await makeACL() }
        guard let found = try await client.find(aclPath, as: IncusACL.self), owns(found.config) || mustBeThere else {
            restrictions.areNone = true
            return
        }
        guard owns(found.config) else {
            throw SloopError(
                .operationFailed, "Incus has a network ACL '\(aclName)' that is not this Sloop's",
                tip: "rename it: incus network acl rename \(aclName) OTHER")
        }
        var acl = found
        change(&acl.ingress)
        // Until Incus has carried it out, either may be so.
        restrictions.areNone = false
        let isSettled = !mustBeThere || restrictions.isProven
        if acl.ingress != found.ingress || !isSettled { try await put(acl) }
        restrictions.areNone = !acl.ingress.contains { owner(of: $0) != nil }
        guard mustBeThere else { return }
        if !isAttached(found) {
            try await attachACL()
            try await put(acl)
        }
        restrictions.isProven = true
    }

    /// That Incus carries it out proves that the chain is there, if the ACL is on the bridge.
    private func put(_ acl: IncusACL) async throws {
        try await patiently { try await client.change(.PUT, aclPath, acl) }
    }

    /// For a moment there is neither chain nor name server while Incus sets the bridge up anew: for another Sloop, or for a
    /// predecessor of ours who died meanwhile.
    private func patiently(_ change: () async throws -> Void) async throws {
        for attempt in 1... {
            do { return try await change() } catch let no as IncusClient.Refusal where attempt < 20 && !no.isNotFound {
                try await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    private func isAttached(_ acl: IncusACL) -> Bool {
        (acl.used_by ?? []).contains { $0.hasSuffix("/networks/\(settings.network)") }
    }

    private func makeACL() async throws {
        let acl = IncusACL(
            name: aclName, description: "who is kept out of open ports of Sloop's machines",
            config: ["user.sloop.installation": installation])
        do { try await client.change(.POST, "/1.0/network-acls", acl) } catch let no as IncusClient.Refusal {
            guard try await client.find(aclPath, as: IncusACL.self) != nil else { throw no }
        }
    }

    /// Once in the life of an installation, since a change of the bridge's configuration has Incus restart its name server.
    /// One that gets lost, since another Sloop put its own there at the same moment, is missed by ``reach()``.
    private func attachACL() async throws {
        let path = "/1.0/networks/\(settings.network)"
        try await changing {
            try await patiently {
                // Until it is seen there: another Sloop may have written the list that it had read before.
                for _ in 0..<5 {
                    let network: IncusNetwork = try await client.get(path)
                    guard let config = addingACL(to: network.config) else { return }
                    try await client.change(.PATCH, path, ["config": config])
                }
            }
        }
    }

    /// For those of this process that change a bridge or its forwards.
    static let bridgeTurns = Turns()

    /// What of the bridge's configuration changes; nil if the ACL is there.
    private func addingACL(to config: [String: String]) -> [String: String]? {
        let others = (config["security.acls"] ?? "").split(separator: ",").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        guard !others.contains(aclName) else { return nil }
        var change = ["security.acls": (others + [aclName]).joined(separator: ",")]
        // With the first ACL Incus would reject whatever no rule allows.
        if others.isEmpty {
            change["security.acls.default.ingress.action"] = "allow"
            change["security.acls.default.egress.action"] = "allow"
        }
        return change
    }
}

/// What is known of the rules that keep others out of our machines.
final class RestrictionBook: Sendable {
    /// One change at a time.
    let turns = Turns()
    private let none = Mutex(false)
    private let proven = Mutex(false)

    /// Whether it is known that there are no such rules: nobody but this server makes them.
    var areNone: Bool {
        get { none.withLock { $0 } }
        set { none.withLock { $0 = newValue } }
    }

    /// Whether this server has seen Incus carry rules of ours out.
    var isProven: Bool {
        get { proven.withLock { $0 } }
        set { proven.withLock { $0 = newValue } }
    }
}

struct IncusACL: Codable, Sendable {
    struct Rule: Codable, Sendable, Hashable {
        let action: String
        var source: String?
        var destination: String?
        var `protocol`: String?
        var source_port: String?
        var destination_port: String?
        var icmp_type: String?
        var icmp_code: String?
        var description: String?
        var state: String = "enabled"

        /// So that the same rules are always in the same order.
        var order: String { [`protocol`, destination_port, source].map { $0 ?? "" }.joined(separator: " ") }
    }

    var name: String?
    var description: String?
    var ingress: [Rule] = []
    var egress: [Rule] = []
    var config: [String: String]
    /// The paths of what it is attached to.
    var used_by: [String]?
}
