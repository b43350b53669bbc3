import SloopEngine
package import SloopModel
import SloopSaga
import SloopStore

/// The users' DNS zones.
package struct DomainService: Sendable {
    let world: World
    let desk: SagaDesk

    /// Domains of one account, and records of one domain.
    static let (limit, entriesOfDomain) = (500, 1000)
    /// How long a call waits for the DNS server, and for the work of others on the same domain.
    static let patience = Duration.seconds(20)

    /// A domain with its records.
    package struct View: Sendable {
        package let domain: Domain
        package let entries: [DomainEntry]
    }

    package func find(_ name: String) async throws -> View {
        try await world.store.read { tables in
            let domain = try tables.domain(named: name)
            return View(domain: domain, entries: try tables.entries(of: domain.id))
        }
    }

    /// Those with names after that one, by name; at most so many.
    package func page(after name: String?, limit: Int) async throws -> [View] {
        try await world.store.read { tables in
            try tables.domains(after: name, limit: limit).map { domain in
                View(domain: domain, entries: try tables.entries(of: domain.id))
            }
        }
    }

    /// Serves the domain from now on, with the records that say who does: NS and SOA.
    ///
    /// Throws `notOffered` without a DNS server, `nameExists` if somebody has it, or what is above it.
    package func create(_ name: String, tags: [String: String] = [:]) async throws -> SloopModel.Operation {
        try await end(of: beginCreating(name, tags: tags))
    }

    /// Accepts the domain, which is brought to the DNS server after the answer.
    func beginCreating(_ name: String, tags: [String: String] = [:]) async throws -> SloopModel.Operation {
        let servers = try world.nameService().nameServers
        let name = try DomainName.zone(name)
        try Tags.check(tags)
        let now = world.now()
        let operation = try await world.store.write { tables in
            try check(name, isFreeIn: tables)
            try tables.claim(name: name, type: "Domain")
            var domain = Domain(id: DomainID(), account: try tables.owner(), name: name, tags: tags, createdAt: now)
            // What was asked for an earlier domain of the name, and given up, its server may do late: it is written again.
            domain.isStale = try tables.latestOperation(on: domain) != nil
            try tables.insert(domain)
            for entry in DomainService.authority(of: domain, servers) { try tables.save(entry) }
            return try tables.accept(
                CreateDomain.saga, DomainParameters(domain: domain.id, name: name), of: domain.account, on: name,
                type: "Domain", locks: [Lock.domain(domain.id)], at: now)
        }
        await desk.scan()
        return operation
    }

    /// One DNS server answers for all accounts: a zone below somebody's would take names out of it.
    private func check(_ name: String, isFreeIn tables: Tables) throws {
        let labels = name.split(separator: ".")
        let above = (0..<(labels.count - 1)).map { labels[$0...].joined(separator: ".") }
        if let other = try tables.domainOfOthers(named: above) {
            throw other.name == name
                ? SloopError(
                    .nameExists, "Some names are already in use: \(name)", tip: "another account of this sloop has it")
                : SloopError(
                    .invalidInput, "'\(name)' is below a domain of another account",
                    tip: "ask whoever has that one for records in it")
        }
        guard try tables.domains(after: nil, limit: DomainService.limit).count < DomainService.limit else {
            throw SloopError(
                .invalidInput,
                "Sorry, you've either reached or will exceed your maximum limit of domains: \(DomainService.limit)",
                tip: "delete one that you do not need")
        }
    }

    private static func authority(of domain: Domain, _ servers: [String]) -> [DomainEntry] {
        var ids: Set<Int32> = []
        func entry(_ type: RecordType, _ target: String) -> DomainEntry {
            DomainEntry(domain: domain.id, id: freeID(&ids), name: domain.name, type: type, target: target)
        }
        // Times and serial number as Lightsail writes them; the DNS server counts the serial number up itself.
        let authority = "\(servers[0]). hostmaster.\(domain.name). 1 7200 900 1209600 86400"
        return servers.map { entry(.ns, $0) } + [entry(.soa, authority)]
    }

    static func freeID(_ taken: inout Set<Int32>) -> Int32 {
        while true {
            let id = Randomness.number()
            if taken.insert(id).inserted { return id }
        }
    }

    /// Serves the domain no more, and forgets its records.
    package func delete(_ name: String) async throws -> SloopModel.Operation {
        try await end(of: beginDeleting(name))
    }

    func beginDeleting(_ name: String) async throws -> SloopModel.Operation {
        try await begin(DeleteDomain.saga, on: name) { _, _ in ([], []) }
    }

    /// Accepts a change of a domain's records, when nothing else works on it: clients change many at once.
    func begin(
        _ saga: Saga<World, Tables, DomainParameters>, on name: String,
        _ edit: @escaping @Sendable (Domain, [DomainEntry]) throws -> (gone: [DomainEntry], new: [DomainEntry])
    ) async throws -> SloopModel.Operation {
        _ = try world.nameService()
        let (now, end) = (world.now(), world.clock.instant + DomainService.patience)
        while true {
            let (operation, holder) = try await world.store.write { [clock = world.clock] tables in
                let domain = try tables.domain(named: name)
                if let holder = try tables.holder(of: Lock.domain(domain.id)), clock.instant < end {
                    return (SloopModel.Operation?.none, Optional(holder.id))
                }
                let (gone, new) = try edit(domain, try tables.entries(of: domain.id))
                let operation = try tables.accept(
                    saga, DomainParameters(domain: domain.id, name: domain.name, gone: gone, new: new),
                    of: domain.account, on: domain.name, type: "Domain", locks: [Lock.domain(domain.id)], at: now)
                return (operation, nil)
            }
            if let operation {
                await desk.scan()
                return operation
            }
            if let holder { _ = try await operations.waitForEnd(holder, upTo: max(.zero, end - world.clock.instant)) }
        }
    }

    func end(of operation: SloopModel.Operation) async throws -> SloopModel.Operation {
        try await operations.waitForEnd(operation.id, upTo: DomainService.patience).operation.thrown()
    }

    private var operations: OperationService { OperationService(world: world, desk: desk) }
}
