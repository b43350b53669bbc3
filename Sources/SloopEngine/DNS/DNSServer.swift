package import SloopModel

/// A server that answers for DNS zones. Every call may be repeated. Errors are ``SloopModel/SloopError``.
package protocol DNSServer: Sendable {
    /// As people know it: its URL.
    var name: String { get }
    /// The names under which it answers, which new zones tell of; at least one.
    var nameServers: [String] { get }

    /// Makes exactly this true of the zone, which is made if it is not there. Records of types that ``RecordType`` does not
    /// have are left as they are, and so is the SOA record of a zone that is there.
    ///
    /// Throws `nameExists` for a zone that is not this installation's, `unreachable` if the server does not answer.
    func put(_ zone: DNSZone) async throws
    /// Deletes the zone if it is there and this installation's.
    func delete(_ zone: String) async throws
    /// The names of the zones that carry our installation's id.
    func zones() async throws -> Set<String>
    /// What it is, e.g. `PowerDNS 4.7.3`. Throws if it does not answer, or does not take our key.
    func version() async throws -> String
}

/// What a DNS server is to answer for a domain.
package struct DNSZone: Sendable, Hashable {
    /// In lower case, without a dot at the end.
    package let name: String
    package let authority: String
    package let sets: Set<RecordSet>

    /// All records of one type at one name, which DNS servers answer together.
    package struct RecordSet: Sendable, Hashable {
        package let name: String
        package let type: RecordType
        /// Seconds that others may remember it.
        package let ttl: Int
        /// In the form of ``RecordType/content(_:)``.
        package let contents: Set<String>
    }

    /// The seconds of Lightsail's zones for addresses and the like; name servers seldom change.
    static let (ttl, nameServerTTL, authorityTTL) = (60, 3600, 900)

    /// Throws `invalidInput` for a target that its type does not take.
    package init(_ name: String, _ entries: [DomainEntry]) throws {
        self.name = name
        let groups = Dictionary(grouping: entries.filter { $0.type != .soa }) { [$0.name, $0.type.rawValue] }
        sets = try Set(
            groups.values.map { group in
                RecordSet(
                    name: group[0].name, type: group[0].type,
                    ttl: group[0].type == .ns ? DNSZone.nameServerTTL : DNSZone.ttl,
                    contents: try Set(group.map { try $0.type.content($0.target) }))
            })
        guard let authority = entries.first(where: { $0.type == .soa }) else {
            throw SloopError(.unexpected, "the domain '\(name)' has no SOA record")
        }
        self.authority = try RecordType.soa.content(authority.target)
    }
}
