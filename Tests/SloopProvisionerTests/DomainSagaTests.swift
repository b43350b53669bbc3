import Foundation
import Logging
import SloopEngine
import SloopModel
import SloopStore
import Testing

@testable import SloopProvisioner
@testable import SloopSaga

extension Rig {
    var domains: DomainService { domains(of: .default) }
    func domains(of account: Account) -> DomainService { DomainService(world: world.of(account), desk: desk) }

    /// Makes a domain with an address.
    func makeDomain(_ name: String = "example.com") async throws {
        try await run(try await domains.beginCreating(name).id)
        try await run(try await domains.beginCreating(.address("www.\(name)", "192.0.2.1"), in: name).id)
    }

    /// The targets that are served for a name, or nil for a zone that is not.
    func served(_ name: String, _ type: RecordType = .a, in zone: String = "example.com") -> Set<String>? {
        dns.served[zone].map { zone in zone.sets.first { $0.name == name && $0.type == type }?.contents ?? [] }
    }

    /// What is served is what is recorded, also when what was not sure of it was written anew.
    func checkDomains(_ comment: Comment) async throws {
        try await checkServed(comment)
        let reconciler = domainReconciler()
        for _ in 0..<2 { try await reconcileDomains(reconciler) }
        try await checkServed(comment)
        #expect(try await store.read { try $0.domains() }.allSatisfy { !$0.isStale }, comment)
    }

    private func checkServed(_ comment: Comment) async throws {
        let rows = try await store.read { tables in
            try tables.domains().map { try DNSZone($0.name, try tables.entries(of: $0.id)) }
        }
        #expect(Set(dns.served.values) == Set(rows), comment)
    }

    func domainReconciler(grace: Duration = .zero) -> DomainReconciler {
        DomainReconciler(
            world: world, desk: desk, grace: grace, pace: .zero,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Compares once, and does what comes of it.
    func reconcileDomains(_ reconciler: DomainReconciler? = nil) async throws {
        try await (reconciler ?? domainReconciler()).round()
        for record in try await store.read({ try $0.unfinishedSagas() }) { try await run(record.id) }
    }
}

extension DomainService.Entry {
    static func address(_ name: String, _ target: String) -> Self { .init(name: name, type: "A", target: target) }
}

@Suite(.needsSandbox) struct DomainSagaTests {
    @Test func createADomain() async throws {
        try await endure(
            CreateDomain.saga,
            Case(
                accept: { try await $0.domains.beginCreating("example.com").id },
                after: { rig, isDone, comment in
                    try await rig.checkDomains(comment)
                    #expect((rig.dns.served["example.com"] != nil) == isDone, comment)
                    // The name is free again.
                    if !isDone { try await rig.makeDomain() }
                }))
    }

    @Test func deleteADomain() async throws {
        try await endure(
            DeleteDomain.saga,
            Case(
                accept: { rig in
                    try await rig.makeDomain()
                    return try await rig.domains.beginDeleting("example.com").id
                },
                after: { rig, isDone, comment in
                    try await rig.checkDomains(comment)
                    #expect(rig.served("www.example.com") == (isDone ? nil : ["192.0.2.1"]), comment)
                    let names = try await rig.store.read { try $0.names(after: nil, limit: 10) }
                    #expect(names.contains("example.com") == !isDone, comment)
                }))
    }

    @Test func addARecord() async throws {
        try await endure(
            ChangeDomain.saga(.createEntry),
            Case(
                accept: { rig in
                    try await rig.makeDomain()
                    return try await rig.domains.beginCreating(
                        .address("www.example.com", "192.0.2.2"), in: "example.com"
                    ).id
                },
                after: { rig, isDone, comment in
                    try await rig.checkDomains(comment)
                    #expect(
                        rig.served("www.example.com") == (isDone ? ["192.0.2.1", "192.0.2.2"] : ["192.0.2.1"]), comment)
                }))
    }

    @Test func changeARecord() async throws {
        try await endure(
            ChangeDomain.saga(.updateEntry),
            Case(
                accept: { rig in
                    try await rig.makeDomain()
                    let change = DomainService.Entry(name: "www.example.com", type: "A", target: "192.0.2.7")
                    return try await rig.domains.beginUpdating(change, in: "example.com").id
                },
                after: { rig, isDone, comment in
                    try await rig.checkDomains(comment)
                    #expect(rig.served("www.example.com") == [isDone ? "192.0.2.7" : "192.0.2.1"], comment)
                }))
    }

    @Test func takeARecordAway() async throws {
        try await endure(
            ChangeDomain.saga(.deleteEntry),
            Case(
                accept: { rig in
                    try await rig.makeDomain()
                    return try await rig.domains.beginDeleting(
                        .address("www.example.com", "192.0.2.1"), in: "example.com"
                    ).id
                },
                after: { rig, isDone, comment in
                    try await rig.checkDomains(comment)
                    #expect(rig.served("www.example.com") == (isDone ? [] : ["192.0.2.1"]), comment)
                }))
    }

    @Test func writeAZoneAnewThatWasLost() async throws {
        try await endure(
            ChangeDomain.saga(.rewrite),
            Case(
                accept: { rig in
                    try await rig.makeDomain()
                    rig.dns.meddle("example.com", nil)
                    try await rig.domainReconciler().round()
                    return try #require(try await rig.store.read { try $0.unfinishedSagas() }.first).id
                },
                after: { rig, isDone, comment in
                    try await rig.reconcileDomains()
                    try await rig.checkDomains(comment)
                    #expect(rig.served("www.example.com") == ["192.0.2.1"], comment)
                }))
    }

    @Test func aServerThatIsAwayMakesNothingStuckAndIsToldWhenItIsBack() async throws {
        try await Rig.with { rig in
            try await rig.makeDomain()
            let before = try await rig.domains.find("example.com")
            rig.dns.set(away: true)
            for begin in [
                { try await rig.domains.beginCreating(.address("new.example.com", "192.0.2.3"), in: "example.com") },
                { try await rig.domains.beginDeleting("example.com") },
                { try await rig.domains.beginCreating("example.org") },
            ] as [() async throws -> SloopModel.Operation] {
                let operation = try await begin()
                try await rig.run(operation.id)
                let end = try await rig.store.read { try $0.operation(operation.id) }
                #expect(end?.status == .failed && end?.error?.contains("does not answer") == true)
            }
            #expect(try await rig.domains.find("example.com").entries == before.entries)
            #expect(try await rig.store.read { try $0.domains() }.map(\.name) == ["example.com"])
            // A half-done change of the server's is set right, too.
            rig.dns.meddle("example.com", try DNSZone("example.com", before.entries.filter { $0.type != .a }))
            let reconciler = rig.domainReconciler()
            try await rig.reconcileDomains(reconciler)
            rig.dns.set(away: false)
            try await rig.reconcileDomains(reconciler)
            try await rig.checkDomains("when it is back")
        }
    }

    @Test func aChangeThatIsMadeAfterItWasGivenUpAndUndoneIsTakenBack() async throws {
        try await Rig.with { rig in
            try await rig.makeDomain()
            rig.dns.set(away: true)
            let change = DomainService.Entry(name: "www.example.com", type: "A", target: "192.0.2.7")
            try await rig.run(try await rig.domains.beginUpdating(change, in: "example.com").id)
            rig.dns.set(away: false)
            let reconciler = rig.domainReconciler()
            try await rig.reconcileDomains(reconciler)
            // It was slow, and not away: what it was asked for comes after all that Sloop did about it.
            let domain = try await rig.domains.find("example.com")
            let late = domain.entries.map { entry in
                var entry = entry
                if entry.type == .a { entry.target = "192.0.2.7" }
                return entry
            }
            rig.dns.meddle("example.com", try DNSZone("example.com", late))
            #expect(rig.served("www.example.com") == ["192.0.2.7"])
            try await rig.reconcileDomains(reconciler)
            try await rig.checkDomains("taken back")
            #expect(rig.served("www.example.com") == ["192.0.2.1"])
        }
    }

    @Test func aZoneThatLostItsRowIsCollectedAndOneThatNeverHadOneIsShown() async throws {
        try await Rig.with { rig in
            try await rig.makeDomain()
            let zone = try #require(rig.dns.served["example.com"])
            try await rig.run(try await rig.domains.beginDeleting("example.com").id)
            rig.dns.meddle("example.com", zone)
            rig.dns.meddle("com", zone)
            let patient = rig.domainReconciler(grace: .seconds(3600))
            try await rig.reconcileDomains(patient)
            #expect(Set(rig.dns.served.keys) == ["example.com", "com"])
            let reconciler = rig.domainReconciler()
            try await rig.reconcileDomains(reconciler)
            #expect(Set(rig.dns.served.keys) == ["com"])
            #expect(await reconciler.unclaimed == [Unclaimed(kind: .zone, id: "com")])
        }
    }

    @Test func afterARestoreZonesAreWrittenAsTheBackupHasThem() async throws {
        try await Rig.with { rig in
            try await rig.makeDomain()
            // Made after the backup: a record, and a zone.
            let zone = try #require(rig.dns.served["example.com"])
            rig.dns.meddle(
                "example.com",
                try DNSZone("example.com", try await rig.domains.find("example.com").entries.filter { $0.type != .a }))
            rig.dns.meddle("later.example", zone)
            try await rig.everything.write { try $0.set(setting: Backup.restoredAt, to: "now") }
            try await AfterRestore.settle(rig.everything)
            try await rig.reconcileDomains()
            #expect(rig.served("www.example.com") == ["192.0.2.1"])
            #expect(rig.dns.served["later.example"] == zone)
        }
    }

    /// Seed 10381 of the simulation.
    @Test func aDomainThatIsMadeAgainIsServedRightAlsoIfTheFirstOneComesLate() async throws {
        try await Rig.with { rig in
            rig.dns.set(away: true)
            try await rig.run(try await rig.domains.beginCreating("example.com").id)
            rig.dns.set(away: false)
            try await rig.makeDomain()
            let first = try await rig.domains.find("example.com").entries.filter { $0.type == .ns || $0.type == .soa }
            rig.dns.meddle("example.com", try DNSZone("example.com", first))
            #expect(rig.served("www.example.com") == [])
            let reconciler = rig.domainReconciler()
            for _ in 0..<2 { try await rig.reconcileDomains(reconciler) }
            try await rig.checkDomains("written again")
            #expect(rig.served("www.example.com") == ["192.0.2.1"])
        }
    }

    @Test func whatIsServedRightIsNotWrittenAgain() async throws {
        try await Rig.with { rig in
            try await rig.makeDomain()
            let puts = rig.dns.puts
            for _ in 0..<3 { try await rig.reconcileDomains() }
            #expect(rig.dns.puts == puts)
        }
    }
}
