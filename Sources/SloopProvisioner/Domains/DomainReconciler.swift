import Foundation
import Logging
import SloopEngine
import SloopModel
import SloopStore

/// Compares the domains that are recorded with the zones of the DNS server.
///
/// Unlike a machine, a zone is nothing but what is recorded: one that is gone, or may be another, is written anew. One of
/// ours that has lost its row is deleted after a grace period; one that never had one here is left alone.
actor DomainReconciler {
    private let world: World
    private let desk: SagaDesk
    private let grace: Duration
    private let pace: Duration
    private let logger: Logger
    private var lastLook: ContinuousClock.Instant?
    private var isAway = false
    private var strangers: [String: ContinuousClock.Instant] = [:]
    private(set) var unclaimed: Set<Unclaimed> = []

    /// - Parameter pace: the least time between two questions to the DNS server.
    init(world: World, desk: SagaDesk, grace: Duration, pace: Duration = .seconds(30), logger: Logger) {
        self.world = world
        self.desk = desk
        self.grace = grace
        self.pace = pace
        self.logger = logger
    }

    /// One round; nothing without a DNS server, or before it is time to.
    func round() async throws {
        guard let dns = world.dns else { return }
        if let lastLook, lastLook.duration(to: world.clock.instant) < pace { return }
        lastLook = world.clock.instant
        do {
            // The server before the rows: what is made in between has its row then.
            let zones = try await dns.zones()
            if isAway { logger.notice("the DNS server answers again", metadata: ["server": "\(dns.name)"]) }
            isAway = false
            let domains = try await world.store.read { try $0.domains() }
            try await write(domains.filter { $0.isStale || !zones.contains($0.name) })
            try await collect(zones.subtracting(domains.map(\.name)), dns)
        } catch let error as SloopError where [.unreachable, .operationFailed].contains(error.code) {
            if !isAway { logger.warning("domains wait for the DNS server", metadata: ["reason": "\(error.message)"]) }
            isAway = true
        }
    }

    private func write(_ domains: [Domain]) async throws {
        guard !domains.isEmpty else { return }
        let (now, pace) = (world.now(), pace / .seconds(1))
        try await world.store.write { tables in
            for domain in domains {
                let lock = Lock.domain(domain.id)
                guard try tables.find(domain.id) != nil, try tables.holder(of: lock) == nil else { continue }
                // What a server did late to one that was not sure is undone by writing it once more after a while.
                let last = try tables.latestOperation(on: domain)
                let isLast =
                    last?.kind == ChangeDomain.Kind.rewrite.rawValue && last?.status == .succeeded
                    && (last?.changedAt ?? now).addingTimeInterval(pace / 2) <= now
                _ = try tables.accept(
                    ChangeDomain.saga(.rewrite),
                    DomainParameters(domain: domain.id, name: domain.name, isLast: isLast), of: domain.account,
                    on: domain.name, type: "Domain", locks: [lock], at: now)
            }
        }
        await desk.scan()
    }

    private func collect(_ zones: Set<String>, _ dns: any DNSServer) async throws {
        let now = world.clock.instant
        let known = try await world.store.read { tables in try zones.filter { try tables.remembers("\"\($0)\"") } }
        unclaimed = Set(zones.subtracting(known).map { Unclaimed(kind: .zone, id: $0) })
        strangers = strangers.filter { known.contains($0.key) }
        for zone in known {
            let since = strangers[zone] ?? now
            strangers[zone] = since
            guard since.duration(to: now) >= grace else { continue }
            logger.warning("a zone of ours without a row is deleted", metadata: ["zone": "\(zone)"])
            try await dns.delete(zone)
            strangers[zone] = nil
        }
    }
}
