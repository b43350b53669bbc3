import SloopModel

/// What must be true of the records of a domain, so that a DNS server can serve them.
struct DomainRules {
    private let domain: Domain
    /// All records, as they would be.
    private let entries: [DomainEntry]

    init(_ domain: Domain, _ entries: [DomainEntry]) {
        self.domain = domain
        self.entries = entries
    }

    /// Throws `invalidInput` if the record, which is among the others, cannot be.
    func check(_ new: DomainEntry) throws {
        guard new.type != .soa else { throw DomainRules.authority }
        let content = try new.type.content(new.target)
        guard entries.count <= DomainService.entriesOfDomain else {
            throw SloopError(
                .invalidInput,
                "Sorry, you've either reached or will exceed your maximum limit of records in '\(domain.name)': "
                    + "\(DomainService.entriesOfDomain)", tip: "delete some that you do not need")
        }
        let others = entries.filter { $0.id != new.id && $0.name == new.name }
        if try others.contains(where: { try $0.type == new.type && $0.type.content($0.target) == content }) {
            throw SloopError(
                .invalidInput, "'\(new.name)' has that record of type \(new.type.rawValue) already",
                tip: "see it: sloop domain show \(domain.name)")
        }
        if new.type == .cname && new.name == domain.name {
            throw SloopError(
                .invalidInput, "the domain '\(domain.name)' itself cannot have a CNAME record",
                tip: "use an A record, or a name below it")
        }
        if let other = others.first(where: { ($0.type == .cname) || (new.type == .cname) }) {
            throw SloopError(
                .invalidInput,
                "'\(new.name)' has a record of type \(other.type.rawValue), and beside a CNAME record there is no other",
                tip: "delete that one first, or change it")
        }
    }

    /// Throws `invalidInput` if the record, which is not among them any more, has to stay.
    func checkMayGo(_ old: DomainEntry) throws {
        guard old.type != .soa else { throw DomainRules.authority }
        guard entries.contains(where: { $0.type == .ns && $0.name == domain.name }) else {
            throw SloopError(
                .invalidInput, "the domain '\(domain.name)' would have no name server", tip: "add another one first")
        }
    }

    private static let authority = SloopError(
        .invalidInput, "a domain has one SOA record, which the DNS server keeps", tip: "leave it as it is")
}
