import Foundation
import Logging
import SloopEngine
import SloopModel
import SloopStore

/// Compares what is recorded with what is there, and brings the two together.
actor Reconciler {
    /// How long a machine without a row is left alone; a create records its row before it makes the machine, so
    /// this only covers a list that was taken before.
    private let grace: Duration
    private let world: World
    private let desk: SagaDesk
    private let logger: Logger
    private var strangers: [InstanceID: ContinuousClock.Instant] = [:]
    /// What is ours, has no row and was never heard of: a store that came out of a backup does not know what was made since.
    private(set) var unclaimed: Set<InstanceID> = []
    private var attempts: [String: (count: Int, next: ContinuousClock.Instant)] = [:]

    init(world: World, desk: SagaDesk, grace: Duration, logger: Logger) {
        self.world = world
        self.desk = desk
        self.grace = grace
        self.logger = logger
    }

    /// One round: states, machines without a row, rotations that wait, sagas that nobody runs.
    func round() async {
        do {
            await world.machines.sweep()
            let asOf = world.now()
            let before = try await locks()
            // The engine before the rows: a machine that is made in between has its row then.
            let machines = try await world.engine.list()
            try await compareStates(machines, asOf: asOf, lockedBefore: before)
            try await collect(machines)
            try await takeUpRotations()
            let old = world.now().addingTimeInterval(-RotationService.offerLasts)
            try await world.store.write { tables in
                try tables.expireOffers(before: old)
                try tables.forgetHistory()
            }
        } catch is CancellationError {
        } catch {
            logger.error("the state could not be compared with the engine", metadata: ["error": "\(error)"])
        }
        await desk.scan()
    }

    private func locks() async throws -> Set<String> { try await world.store.read { try $0.heldLocks() } }

    private func compareStates(
        _ machines: [InstanceID: MachineState], asOf: Date, lockedBefore: Set<String>
    ) async throws {
        let states = try await world.store.read { try $0.instanceStates() }
        let changed = states.filter { id, state in becomes(state, machines[id]) != nil }.keys
        guard !changed.isEmpty else { return }
        try await world.store.write { tables in
            for id in changed {
                guard let row = try tables.find(id) else { continue }
                // A machine that a saga works on, or worked on when the list was taken, is not judged.
                let lock = Lock.instance(id)
                let last = try tables.latestOperation(on: row)
                if let last, last.changedAt >= asOf { continue }
                // What got stuck is for a person to settle.
                if row.state == .error && last?.status == .stuck { continue }
                guard !lockedBefore.contains(lock), try tables.holder(of: lock) == nil,
                    let state = self.becomes(row.state, machines[id])
                else { continue }
                try tables.settle(id, as: state, self.reason(row, state))
            }
        }
        world.changes.ring()
    }

    /// What a state must become; nil if it is right.
    private nonisolated func becomes(_ state: Instance.State, _ machine: MachineState?) -> Instance.State? {
        switch (state, machine) {
        case (.running, .stopped), (.error, .stopped): .stopped
        case (.stopped, .running), (.error, .running): .running
        case (.running, nil), (.stopped, nil): .error
        default: nil
        }
    }

    private nonisolated func reason(_ row: Instance, _ state: Instance.State) -> String? {
        switch (row.state, state) {
        case (.running, .stopped): "it ended outside of sloop; start it again: sloop instance start \(row.name)"
        case (.error, .stopped):
            "it was in error and is stopped now; start it again: sloop instance start \(row.name)"
        case (_, .error): "missing: the engine '\(world.engine.name)' has no such machine any more"
        default: nil
        }
    }

    private func collect(_ machines: [InstanceID: MachineState]) async throws {
        let now = world.clock.instant
        let found = Set(machines.keys).union(try await world.engine.leftovers())
        // After what is there was listed: what was made since then has its row.
        let (rows, unheard) = try await world.store.read { tables in
            let rows = try Set(tables.instanceStates().keys)
            return (rows, try found.subtracting(rows).filter { try !tables.remembers($0.value) })
        }
        for id in unheard.subtracting(unclaimed) {
            logger.warning("an instance of ours that was never recorded here is left alone", metadata: ["id": "\(id)"])
        }
        unclaimed = unheard
        strangers = strangers.filter { found.contains($0.key) && !rows.contains($0.key) }
        for id in found where !rows.contains(id) && !unheard.contains(id) {
            let since = strangers[id] ?? now
            strangers[id] = since
            guard since.duration(to: now) >= grace else { continue }
            logger.warning("what is ours of an instance without a row is deleted", metadata: ["id": "\(id)"])
            do {
                try await world.engine.delete(id)
                strangers[id] = nil
            } catch {
                if error is CancellationError { throw error }
                // One that cannot be deleted must not keep the others, and the rotations, from being looked after.
                logger.error("it cannot be deleted", metadata: ["id": "\(id)", "error": "\(error)"])
                strangers[id] = now
            }
        }
    }

    /// Begins the targets that wait for a machine which is there now; after a failure less and less often.
    private func takeUpRotations() async throws {
        let open = try await world.store.read { try $0.openTargets() }
        let now = world.clock.instant
        attempts = attempts.filter { entry in open.contains { key($0) == entry.key } }
        let due = open.filter { target in target.reason != nil && (attempts[key(target)]?.next ?? now) <= now }
        guard !due.isEmpty else { return }
        let time = world.now()
        let begun = try await world.store.write { tables in
            try due.filter { target in
                guard let instance = try tables.find(target.instance) else {
                    try tables.supersedeTargets(of: target.instance, why: "the instance is gone", at: time)
                    return false
                }
                guard try tables.target(target.rotation, target.instance)?.isOpen == true else { return false }
                return try tables.begin(target, on: instance, at: time)
            }
        }
        for target in begun {
            let count = (attempts[key(target)]?.count ?? 0) + 1
            attempts[key(target)] = (count, now + min(.seconds(5) * (1 << min(count, 6)), .seconds(300)))
        }
    }

    private func key(_ target: RotationTarget) -> String { "\(target.rotation) \(target.instance)" }
}
