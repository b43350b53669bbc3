import SloopEngine
import SloopModel
import SloopSaga
import SloopStore

/// What every piece of work on a domain knows of it. The store remembers deleted ones by the name that stands here.
struct DomainParameters: Codable, Sendable {
    let domain: DomainID
    let name: String
    /// Records that go, and records that come.
    var gone: [DomainEntry] = []
    var new: [DomainEntry] = []
    /// Whether nothing that was asked for before can be done any more after this; nil for not.
    var isLast: Bool?
}

/// Brings a domain to the DNS server.
enum CreateDomain {
    static let saga = Saga<World, Tables, DomainParameters>(
        "create-domain",
        [
            .effect("zone") { world, p in
                try await world.writeZone(p)
            } undo: { world, p in
                // What cannot be deleted now has lost its row soon, and is collected.
                try? await world.dns?.delete(p.name)
            }
        ],
        atEnd: { tables, p, end in
            if end != .succeeded { try tables.remove(p.domain) }
        })
}

/// Changes records of a domain, or writes those anew that it has.
enum ChangeDomain {
    enum Kind: String, CaseIterable {
        case createEntry = "create-domain-entry"
        case updateEntry = "update-domain-entry"
        case deleteEntry = "delete-domain-entry"
        /// Sloop's own, for a DNS server that may serve something else than what is recorded.
        case rewrite = "rewrite-domain"
    }

    static let sagas = Kind.allCases.map { saga($0) }

    static func saga(_ kind: Kind) -> Saga<World, Tables, DomainParameters> { Saga(kind.rawValue, steps) }

    private static let steps: [Saga<World, Tables, DomainParameters>.Step] = [
        .effect("records") { world, p in
            try await world.writeZone(p)
        } undo: { world, p in
            try await world.restoreZone(p.domain)
        } recording: { tables, p in
            for entry in p.gone { try tables.remove(entry) }
            for entry in p.new { try tables.save(entry) }
            if p.isLast == true { try tables.mark(p.domain, asStale: false) }
        }
    ]
}

/// Takes a domain from the DNS server.
enum DeleteDomain {
    static let saga = Saga<World, Tables, DomainParameters>(
        "delete-domain",
        [
            .effect("zone") { world, p in
                try await world.nameService().delete(p.name)
            } undo: { world, p in
                try await world.restoreZone(p.domain)
            } recording: { tables, p in
                try tables.remove(p.domain)
            }
        ])
}

extension World {
    /// Throws `notOffered` if this Sloop was started without a DNS server.
    func nameService() throws -> any DNSServer {
        if let dns { return dns }
        throw SloopError(
            .notOffered, "this sloop has no DNS server to serve domains with",
            tip:
                "start it with one: sloop serve --dns URL --dns-key-file FILE --dns-name-server NAME; see docs/domains.md"
        )
    }

    /// Has the DNS server answer by what is recorded and what the work changes; nothing happens if the domain is gone.
    func writeZone(_ p: DomainParameters) async throws {
        let entries = try await store.read { try $0.find(p.domain) == nil ? nil : $0.entries(of: p.domain) }
        guard let entries else { return }
        let left = entries.filter { one in !p.gone.contains { $0.id == one.id } && !p.new.contains { $0.id == one.id } }
        try await nameService().put(DNSZone(p.name, left + p.new))
    }

    /// Has it answer by what is recorded, and again later: it may not take it now, which must not leave the work stuck; and it
    /// may still do what it was asked for before, and gave no answer to.
    func restoreZone(_ id: DomainID) async throws {
        guard let domain = try await store.read({ try $0.find(id) }) else { return }
        try await store.write { try $0.mark(id, asStale: true) }
        do {
            try await writeZone(DomainParameters(domain: id, name: domain.name))
        } catch {
            if Task.isCancelled { throw CancellationError() }
        }
    }
}

extension Lock {
    static func domain(_ id: DomainID) -> String { "domain:\(id)" }
}
