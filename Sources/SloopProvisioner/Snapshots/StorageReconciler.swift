import Logging
import SloopEngine
import SloopModel
import SloopStore

/// Compares the disks and snapshots that are recorded with those that are there.
///
/// What is ours and has lost its row is deleted after a grace period; what never had one here is left alone; what has a row and is gone is in error, and never
/// silently made again.
actor StorageReconciler {
    private let world: World
    private let grace: Duration
    private let logger: Logger
    private var strangers: [String: ContinuousClock.Instant] = [:]
    private(set) var unclaimed: Set<Unclaimed> = []

    init(world: World, grace: Duration, logger: Logger) {
        self.world = world
        self.grace = grace
        self.logger = logger
    }

    /// One round; nothing on an engine that has neither.
    func round() async throws {
        let before = try await world.store.read { try $0.heldLocks() }
        // The engine before the rows: what is made in between has its row then.
        let volumes = try await world.engine.volumes?.list() ?? [:]
        let snapshots = try await world.engine.snapshots?.list() ?? []
        let (disks, rows, machines) = try await world.store.read { tables in
            (try tables.disks(), try tables.snapshots(), Set(try tables.instanceStates().keys))
        }
        let of = { (kind: Snapshot.Kind) in rows.filter { $0.kind == kind }.map(\.id.value) }
        let known = Set(disks.map(\.id.value) + of(.disk))
        let loose = volumes.filter { $0.value.machine == nil }.map(\.key.value)
        try await collect(loose, known: known, kind: .disk) { try await self.world.volumes().delete(VolumeID($0)) }
        try await collect(snapshots.map(\.value), known: Set(of(.instance)), kind: .snapshot) {
            try await self.world.snapshots().delete(SnapshotID($0))
        }
        if world.engine.volumes != nil { try await settle(disks, volumes, of: machines, lockedBefore: before) }
        let there = Set(volumes.keys.map(\.value) + snapshots.map(\.value))
        try await settle(rows, there, lockedBefore: before)
    }

    private func collect(
        _ ids: [String], known: Set<String>, kind which: Unclaimed.Kind, _ delete: (String) async throws -> Void
    ) async throws {
        let now = world.clock.instant
        let (all, kind) = (Set(ids).subtracting(known), which.rawValue)
        let present = try await world.store.read { tables in try all.filter { try tables.remembers($0) } }
        unclaimed = unclaimed.filter { $0.kind.rawValue != kind }
            .union(all.subtracting(present).map { Unclaimed(kind: which, id: $0) })
        strangers = strangers.filter {
            !$0.key.hasPrefix(kind) || present.contains(String($0.key.dropFirst(kind.count)))
        }
        for id in present {
            let since = strangers[kind + id] ?? now
            strangers[kind + id] = since
            guard since.duration(to: now) >= grace else { continue }
            logger.warning("a \(kind) of ours without a row is deleted", metadata: ["id": "\(id)"])
            do {
                try await delete(id)
                strangers[kind + id] = nil
            } catch {
                if error is CancellationError { throw error }
                logger.error("it cannot be deleted", metadata: ["id": "\(id)", "error": "\(error)"])
                strangers[kind + id] = now
            }
        }
    }

    private func settle(
        _ disks: [Disk], _ volumes: [VolumeID: MachineVolume], of machines: Set<InstanceID>, lockedBefore: Set<String>
    ) async throws {
        for disk in disks {
            let volume = volumes[disk.volume]
            let stranger = volume?.machine.flatMap { machines.contains($0) ? nil : $0 }
            let isRight =
                switch disk.state {
                case .available: volume != nil && volume?.machine == nil
                case .inUse: volume != nil && volume?.machine == disk.instance
                case .error: volume == nil || stranger != nil
                case .pending, .deleting: true
                }
            guard !isRight, !lockedBefore.contains(Lock.disk(disk.id)) else { continue }
            try await world.store.write { [engine = world.engine.name] tables in
                guard try tables.holder(of: Lock.disk(disk.id)) == nil, try tables.find(disk.id) == disk else { return }
                guard let volume else {
                    return try tables.settle(disk.id, as: .error, "missing: the engine '\(engine)' has it no more")
                }
                if let stranger {
                    return try tables.settle(
                        disk.id, as: .error, "it was attached to '\(stranger)' outside of sloop; detach it there")
                }
                // What got stuck, or was done outside of sloop, is as it is.
                try tables.settle(disk.id, as: volume.machine == nil ? .available : .inUse)
                if let machine = volume.machine { try tables.change(disk.id) { $0.instance = machine } }
            }
        }
    }

    private func settle(_ rows: [Snapshot], _ there: Set<String>, lockedBefore: Set<String>) async throws {
        for row in rows where row.state == .available && !there.contains(row.id.value) {
            let lock = Lock.snapshot(row.id)
            guard !lockedBefore.contains(lock) else { continue }
            try await world.store.write { [engine = world.engine.name] tables in
                guard try tables.holder(of: lock) == nil, try tables.find(row.id) == row else { return }
                try tables.change(row.id) { row in
                    row.state = .error
                    row.stateReason = "missing: the engine '\(engine)' has it no more"
                }
            }
        }
    }
}
