import Foundation
import SloopEngine
import SloopModel
import SloopStore
import Testing

extension Rig {
    /// What must be true between any two operations.
    func check(_ comment: Comment) async throws {
        let (rows, locks, open) = try await store.read { tables in
            (try tables.instances(), try tables.heldLocks(), try tables.unfinishedSagas())
        }
        #expect(open.isEmpty, comment)
        #expect(locks.isEmpty, comment)
        let machines = try await engine.list()
        let bills = try await store.read { try $0.bills(from: .distantPast, to: .distantFuture) }
        for row in rows {
            #expect(bills.contains { $0.resource == row.id.value && $0.until == nil }, comment)
            switch row.state {
            case .running: #expect(machines[row.id] == .running, comment)
            case .stopped: #expect(machines[row.id] == .stopped, comment)
            // Whatever is not as it was asked for says why.
            case .error: #expect(row.stateReason?.isEmpty == false, comment)
            case .pending, .stopping, .deleting:
                Issue.record("\(comment): '\(row.name)' is \(row.state), and nothing works on it")
            }
        }
        try await checkMachines(comment)
        try await checkStorage(comment)
    }

    /// Every disk and snapshot has its row, and every row what it is of, and its bill.
    private func checkStorage(_ comment: Comment) async throws {
        let (disks, snapshots, bills) = try await store.read { tables in
            (try tables.disks(), try tables.snapshots(), try tables.bills(from: .distantPast, to: .distantFuture))
        }
        let volumes = try await storage.volumes?.list() ?? [:]
        let copies = try await storage.snapshots?.list() ?? []
        for disk in disks {
            switch disk.state {
            case .available: #expect(volumes[disk.volume] != nil && volumes[disk.volume]?.machine == nil, comment)
            case .inUse:
                // One of a machine that could not be deleted to the end may be free already.
                let isBroken = try await store.read { tables in
                    try disk.instance.flatMap { try tables.find($0) }?.state == .error
                }
                #expect(isBroken || disk.instance != nil && volumes[disk.volume]?.machine == disk.instance, comment)
            case .error: #expect(disk.stateReason?.isEmpty == false, comment)
            case .pending, .deleting: Issue.record("\(comment): '\(disk.name)' is \(disk.state)")
            }
            #expect(bills.contains { $0.resource == disk.id.value && $0.until == nil }, comment)
        }
        for snapshot in snapshots {
            switch snapshot.state {
            case .available:
                #expect(snapshot.kind == .disk || copies.contains(snapshot.id), comment)
                #expect(snapshot.kind == .instance || volumes[snapshot.volume] != nil, comment)
            case .error: #expect(snapshot.stateReason?.isEmpty == false, comment)
            case .pending, .deleting: Issue.record("\(comment): '\(snapshot.label)' is \(snapshot.state)")
            }
            #expect(bills.contains { $0.resource == snapshot.id.value && $0.until == nil }, comment)
        }
        let others: Set = ["Instance", "StaticIp"]
        #expect(
            bills.count { !others.contains($0.type) && $0.until == nil } == disks.count + snapshots.count, comment)
        let free = try await store.read { try $0.staticAddresses(after: nil, limit: 100) }.filter { $0.instance == nil }
        #expect(
            Set(bills.filter { $0.type == "StaticIp" && $0.until == nil }.map(\.name)) == Set(free.map(\.name)),
            comment)
        let known = Set(disks.map(\.id.value) + snapshots.map(\.id.value))
        #expect(known.isSuperset(of: volumes.keys.map(\.value) + copies.map(\.value)), "\(comment): an orphan")
    }

    /// What must be true at every moment, also in the middle of an operation that was cut off: every machine has its
    /// row, the rows know every key in it, and one that runs lets Sloop in.
    func checkMachines(_ comment: Comment) async throws {
        let rows = try await store.read { try $0.instances() }
        for (id, state) in try await engine.list() {
            guard let row = rows.first(where: { $0.id == id }) else {
                Issue.record("\(comment): a machine without a row")
                continue
            }
            for (role, file) in [(InstanceKey.Role.user, userKeys(row)), (.access, accessKeys(row))] {
                let known = try await store.read { try $0.keys(of: id, role: role).map(\.publicKey) }
                let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
                    .filter { !$0.hasPrefix("#") }
                #expect(Set(lines).isSubset(of: known), "\(comment): a key that no row knows")
            }
            if state == .running && row.reachableAt != nil {
                #expect(try await shell(row, "hostname") == "\(row.name)\n", comment)
            }
        }
    }

    /// What is recorded, to see that nothing of it changed.
    func picture() async throws -> Picture {
        let logs = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "launch").path)
        let machines = try await Set(engine.list().keys)
        return try await store.read { tables in
            let instances = try tables.instances()
            return Picture(
                instances: instances, keyPairs: try tables.keyPairs(), slots: try tables.addressSlots(),
                locks: try tables.heldLocks(), operations: try tables.operations(limit: 1000),
                bills: try tables.bills(from: .distantPast, to: .distantFuture).map(\.resource),
                rotations: try tables.rotations(openOnly: false), targets: try tables.openTargets(),
                runs: try instances.flatMap { try tables.runs(of: $0.id) },
                keys: try instances.flatMap {
                    try tables.keys(of: $0.id, role: .user) + tables.keys(of: $0.id, role: .access)
                }, machines: machines, logs: logs)
        }
    }
}

struct Picture: Equatable {
    let instances: [Instance]
    let keyPairs: [KeyPair]
    let slots: Set<Int>
    let locks: Set<String>
    let operations: [SloopModel.Operation]
    let bills: [String]
    let rotations: [KeyRotation]
    let targets: [RotationTarget]
    let runs: [LaunchRun]
    let keys: [InstanceKey]
    let machines: Set<InstanceID>
    let logs: [String]
}
