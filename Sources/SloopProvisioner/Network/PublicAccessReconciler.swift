import Logging
import SloopEngine
import SloopModel
import SloopStore

/// Compares what reaches machines from outside with what is recorded, and has it made so again.
///
/// A change that was given up and undone may be made afterwards all the same, and somebody may change a forward by hand. Unlike
/// a machine, what reaches it is nothing but what is recorded: it is restored, by an operation that can be seen.
actor PublicAccessReconciler {
    private let world: World
    private let desk: SagaDesk
    private let logger: Logger
    /// What was reached otherwise than so at the last look; it takes two, since one may fall into a change.
    private var found: [InstanceID: PublicAccess] = [:]
    private var attempts: [InstanceID: (count: Int, next: ContinuousClock.Instant)] = [:]

    init(world: World, desk: SagaDesk, logger: Logger) {
        self.world = world
        self.desk = desk
        self.logger = logger
    }

    /// One round; nothing on an engine on which this cannot change.
    func round() async throws {
        // What a saga worked on when the engine was asked is not judged.
        let before = try await world.store.read { try $0.heldLocks() }
        guard let reach = try await world.engine.reach() else { return }
        let rows = try await world.store.read { try $0.instances() }
        let judged = rows.filter { $0.hasSettledAccess && !before.contains(Lock.instance($0.id)) }
            .map { $0.publicAccess() }
        let others = judged.filter { reach.isOtherwise(than: $0) }
        let seenTwice = others.filter { found[$0.instance] == $0 }
        found = Dictionary(uniqueKeysWithValues: others.map { ($0.instance, $0) })
        let right = Set(judged.map(\.instance)).subtracting(found.keys)
        let there = Set(rows.map(\.id))
        attempts = attempts.filter { there.contains($0.key) && !right.contains($0.key) }
        try await restore(seenTwice)
    }

    /// Begins to restore those; after a failure less and less often.
    private func restore(_ all: [PublicAccess]) async throws {
        let (instant, time) = (world.clock.instant, world.now())
        let due = all.filter { (attempts[$0.instance]?.next ?? instant) <= instant }
        guard !due.isEmpty else { return }
        let begun = try await world.store.write { tables in
            try due.filter { access in
                let lock = Lock.instance(access.instance)
                guard let row = try tables.find(access.instance), row.hasSettledAccess, row.publicAccess() == access,
                    try tables.holder(of: lock) == nil
                else { return false }
                _ = try tables.accept(
                    RestorePublicAccess.saga, InstanceParameters(instance: row.id), of: row.account, on: row.name,
                    details: access.address, locks: [lock], at: time)
                return true
            }
        }
        for access in begun {
            logger.warning(
                "a machine is reached otherwise than is recorded, which is mended",
                metadata: ["id": "\(access.instance)", "address": "\(access.address)"])
            found[access.instance] = nil
            let count = (attempts[access.instance]?.count ?? 0) + 1
            attempts[access.instance] = (count, instant + min(.seconds(5) * (1 << min(count, 6)), .seconds(300)))
        }
        if !begun.isEmpty { await desk.scan() }
    }
}

extension Instance {
    /// Whether what is recorded is what reaches it while nothing is at work. Rows of early versions name no ports.
    fileprivate var hasSettledAccess: Bool { (state == .running || state == .stopped) && ports != nil }
}
