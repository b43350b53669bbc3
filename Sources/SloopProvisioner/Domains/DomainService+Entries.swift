package import SloopModel
import SloopStore

extension DomainService {
    /// A record as a client names it: all of it to make one, enough of it to find one.
    package struct Entry: Sendable {
        package var id: String?
        package var name: String?
        package var type: String?
        package var target: String?
        /// Whether it was to point to something of Lightsail's own.
        package var isAlias: Bool

        package init(
            id: String? = nil, name: String? = nil, type: String? = nil, target: String? = nil, isAlias: Bool = false
        ) {
            self.id = id
            self.name = name
            self.type = type
            self.target = target
            self.isAlias = isAlias
        }
    }

    package func createEntry(_ entry: Entry, in domain: String) async throws -> SloopModel.Operation {
        try await end(of: beginCreating(entry, in: domain))
    }

    /// Changes the record with that id, or the only one of that name and type; what is not given stays.
    package func updateEntry(_ entry: Entry, in domain: String) async throws -> SloopModel.Operation {
        try await end(of: beginUpdating(entry, in: domain))
    }

    /// Takes the record away that has that id, or that name, type and target.
    package func deleteEntry(_ entry: Entry, in domain: String) async throws -> SloopModel.Operation {
        try await end(of: beginDeleting(entry, in: domain))
    }

    func beginCreating(_ entry: Entry, in name: String) async throws -> SloopModel.Operation {
        try await begin(ChangeDomain.saga(.createEntry), on: name) { domain, entries in
            var ids = Set(entries.map(\.id))
            let made = DomainEntry(
                domain: domain.id, id: DomainService.freeID(&ids), name: try entry.name(in: domain),
                type: try entry.recordType(), target: try entry.required(\.target, "target"))
            try entry.check()
            try DomainRules(domain, entries + [made]).check(made)
            return ([], [made])
        }
    }

    func beginUpdating(_ entry: Entry, in name: String) async throws -> SloopModel.Operation {
        try await begin(ChangeDomain.saga(.updateEntry), on: name) { domain, entries in
            let old = try entry.find(in: domain, entries, byTarget: false)
            var new = old
            if entry.name != nil { new.name = try entry.name(in: domain) }
            if entry.type != nil { new.type = try entry.recordType() }
            new.target = entry.target ?? old.target
            try entry.check()
            let rules = DomainRules(domain, entries.filter { $0.id != old.id } + [new])
            try rules.check(new)
            try rules.checkMayGo(old)
            return ([old], [new])
        }
    }

    func beginDeleting(_ entry: Entry, in name: String) async throws -> SloopModel.Operation {
        try await begin(ChangeDomain.saga(.deleteEntry), on: name) { domain, entries in
            let old = try entry.find(in: domain, entries, byTarget: true)
            try DomainRules(domain, entries.filter { $0.id != old.id }).checkMayGo(old)
            return ([old], [])
        }
    }
}

extension DomainService.Entry {
    fileprivate func required(_ member: KeyPath<Self, String?>, _ what: String) throws -> String {
        if let value = self[keyPath: member], !value.isEmpty { return value }
        throw SloopError(.invalidInput, "the record has no \(what)", tip: "give name, type and target")
    }

    fileprivate func name(in domain: Domain) throws -> String {
        try DomainName.entry(required(\.name, "name"), in: domain.name)
    }

    fileprivate func recordType() throws -> RecordType {
        let word = try required(\.type, "type")
        if let type = RecordType(rawValue: word.uppercased()) { return type }
        throw SloopError(
            .invalidInput, "there are no records of type '\(word.prefix(20))'",
            tip: "use \(RecordType.allCases.map(\.rawValue).joined(separator: ", "))")
    }

    fileprivate func check() throws {
        guard isAlias else { return }
        throw SloopError(
            .notOffered, "there is nothing that an alias record could point to",
            tip: "leave isAlias out; use an A record with an instance's static address")
    }

    /// Throws `notFound` if the domain has no such record.
    fileprivate func find(in domain: Domain, _ entries: [DomainEntry], byTarget: Bool) throws -> DomainEntry {
        let found: [DomainEntry]
        if let id, !id.isEmpty {
            found = entries.filter { "\($0.id)" == id }
        } else {
            let (name, type) = (try name(in: domain), try recordType())
            let content = byTarget ? try type.content(required(\.target, "target")) : nil
            found = try entries.filter { one in
                try one.name == name && one.type == type
                    && (content == nil || one.type.content(one.target) == content)
            }
        }
        if found.count > 1 {
            throw SloopError(
                .invalidInput, "'\(domain.name)' has \(found.count) such records",
                tip: "give the id of the one you mean")
        }
        if let one = found.first { return one }
        throw SloopError(
            .notFound, "the domain '\(domain.name)' has no such record",
            tip: "see them: sloop domain show \(domain.name)")
    }
}
