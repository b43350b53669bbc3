import Foundation
import SloopEngine
import SloopModel
import SloopStore

// What must be so when nothing is at work: what is recorded is what is there.

extension Run {
    func checkQuiet() throws {
        guard let server else { throw Violation("no server is up") }
        if let what = try server.store.readNow({ try difference($0) }) { throw Violation(what) }
        let warm = try server.store.of(.warm).readNow { try $0.instances() }
        try server.store.of(.default).readNow { tables in
            guard try tables.unfinishedSagas().isEmpty else { throw Violation("operations are unfinished") }
            let locks = try tables.heldLocks()
            guard locks.isEmpty else { throw Violation("locks are held by nobody: \(locks)") }
            let bills = try tables.bills(from: .distantPast, to: .distantFuture)
            try checkInstances(tables, bills, warm)
            try checkStorage(tables, bills)
            try checkAddresses(tables, bills)
            try checkMetrics(tables)
            let open = bills.filter { $0.until == nil }
            guard Set(open.map(\.resource)).count == open.count else { throw Violation("something is billed twice") }
        }
    }

    /// - Parameter warm: what is kept ready, which nobody is billed for.
    private func checkInstances(_ tables: Tables, _ bills: [BillingRecord], _ warm: [Instance]) throws {
        let rows = try tables.instances()
        for id in site.machines.keys where !(rows + warm).contains(where: { $0.id == id }) {
            throw Violation("the machine \(id) has no row")
        }
        if let wrong = warm.first(where: { $0.state == .running && site.machines[$0.id]?.isRunning != true }) {
            throw Violation("'\(wrong.name)' does not run")
        }
        for row in rows {
            let machine = site.machines[row.id]
            let isRight =
                switch row.state {
                case .running: machine?.isRunning == true
                case .stopped: machine?.isRunning == false
                case .error: row.stateReason?.isEmpty == false
                case .pending, .stopping, .deleting: false
                }
            guard isRight else {
                throw Violation(
                    "'\(row.name)' is \(row.state), and its machine \(machine.map { "\($0.isRunning)" } ?? "none")")
            }
            guard bills.contains(where: { $0.resource == row.id.value && $0.until == nil }) else {
                throw Violation("'\(row.name)' is not billed")
            }
            if let machine, row.state == .running { try checkKeys(row, machine, tables) }
            let runs = try tables.runs(of: row.id)
            for launch in runs { try check(launch, row) }
            if let stranger = machine?.launches.keys.first(where: { id in !runs.contains { $0.id == id } }) {
                throw Violation("no row knows the script \(stranger) that ran in '\(row.name)'")
            }
        }
        let bills = bills.filter { $0.type == "Instance" && $0.until == nil }
        guard bills.count == rows.count else { throw Violation("an instance that is gone is billed") }
    }

    /// Rotations are done: the machine has one key of each role, and the rows say which.
    private func checkKeys(_ row: Instance, _ machine: Machine, _ tables: Tables) throws {
        for (role, lines) in [(InstanceKey.Role.user, machine.userKeys), (.access, machine.accessKeys)] {
            let keys = try tables.keys(of: row.id, role: role)
            guard keys.count == 1, keys[0].status == .current else {
                throw Violation("'\(row.name)' has the \(role) keys \(keys.map { "\($0.fingerprint) \($0.status)" })")
            }
            let own = lines.filter { !$0.hasSuffix(" friend") }
            guard own == [keys[0].publicKey] else {
                throw Violation("'\(row.name)' accepts \(own.map(fingerprint)) instead of \(keys[0].fingerprint)")
            }
        }
    }

    /// What is recorded of a script is what it did.
    private func check(_ run: LaunchRun, _ row: Instance) throws {
        guard run.isOver || run.status == .pending else {
            throw Violation("the script of '\(row.name)' is \(run.status)")
        }
        guard let launch = site.launches[run.id] else {
            guard run.exitCode == nil else { throw Violation("a script that never ran has an exit code") }
            return
        }
        guard let code = run.exitCode else { return }
        guard launch.cutOffAt == nil, launch.exit == code else {
            throw Violation("the exit code \(code) is recorded of a script that ended with \(launch.exit)")
        }
        // One that said nothing while a deletion of its machine was tried has no file.
        let log = FileManager.default.contents(atPath: folder.appending(path: "launch/\(run.id).log").path) ?? Data()
        guard Array(log) == launch.output else {
            throw Violation("of \(launch.output.count) bytes of output \(log.count) came home, or others")
        }
    }

    private func checkStorage(_ tables: Tables, _ bills: [BillingRecord]) throws {
        let (disks, snapshots) = (try tables.disks(), try tables.snapshots())
        for disk in disks {
            let volume = site.volumes[disk.volume]
            let isRight =
                switch disk.state {
                case .available: volume != nil && volume?.machine == nil
                case .inUse: volume != nil && volume?.machine == disk.instance
                case .error: disk.stateReason?.isEmpty == false
                case .pending, .deleting: false
                }
            guard isRight else {
                throw Violation("the disk '\(disk.name)' is \(disk.state), and its volume \(volume as Any)")
            }
        }
        for snapshot in snapshots {
            let isThere =
                snapshot.kind == .disk ? site.volumes[snapshot.volume] != nil : site.snapshots[snapshot.id] != nil
            let isRight =
                snapshot.state == .available ? isThere : snapshot.state == .error && snapshot.stateReason != nil
            guard isRight else {
                throw Violation("the snapshot '\(snapshot.label)' is \(snapshot.state), there: \(isThere)")
            }
        }
        let known = Set(disks.map(\.id.value) + snapshots.map(\.id.value))
        let there = Set(site.volumes.keys.map(\.value) + site.snapshots.keys.map(\.value))
        guard there.isSubset(of: known) else { throw Violation("left over: \(there.subtracting(known).sorted())") }
        let billed = Set(
            bills.filter { $0.until == nil && !["Instance", "StaticIp"].contains($0.type) }.map(\.resource))
        // One that could not be made, nor be removed again, was not sold.
        let sold = known.subtracting(snapshots.filter { $0.state == .error }.map(\.id.value))
        guard billed.isSuperset(of: sold), billed.isSubset(of: known) else {
            throw Violation("disks and snapshots are billed as \(billed), and there are \(known)")
        }
    }

    private func checkAddresses(_ tables: Tables, _ bills: [BillingRecord]) throws {
        let free = try tables.staticAddresses(after: nil, limit: 100).filter { $0.instance == nil }
        let billed = bills.filter { $0.type == "StaticIp" && $0.until == nil }.map(\.name).sorted()
        guard billed == free.map(\.name).sorted() else { throw Violation("addresses are billed wrongly: \(billed)") }
    }

    /// What is nothing but what is recorded, and is mended if it is not: says what is otherwise.
    func difference(_ tables: Tables) throws -> String? {
        if let reached = try misreached(tables) { return reached }
        let domains = try tables.domains()
        for domain in domains {
            guard let zone = site.zones[domain.name] else { return "'\(domain.name)' is not served" }
            if try zone != DNSZone(domain.name, tables.entries(of: domain.id)) {
                return "'\(domain.name)' is served otherwise than is recorded"
            }
        }
        return site.zones.keys.sorted().first { name in !domains.contains { $0.name == name } }
            .map { "'\($0)' is served and has no row" }
    }

    /// What is measured of a machine is what it used, and nothing of that is counted twice.
    private func checkMetrics(_ tables: Tables) throws {
        for row in try tables.instances() {
            guard let machine = site.machines[row.id] else { continue }
            let samples = try tables.samples(of: row.id, after: 0, through: .max)
            // Times are kept in whole seconds.
            let possible = 0...machine.load * 103 + 0.02
            if let wrong = samples.first(where: { !possible.contains($0.cpuPercent ?? 0) }) {
                throw Violation(
                    "'\(row.name)' used \(machine.load * 100) %, and \(wrong.cpuPercent ?? 0) % is recorded")
            }
            guard machine.boot == 1, machine.isRunning else { continue }
            let truth = Machine.bytesPerSecond * ((loop.time - machine.bootedAt) / .seconds(1))
            let counted = samples.reduce(0) { $0 + ($1.networkIn ?? 0) }
            guard Double(counted) <= truth else {
                throw Violation("\(truth) bytes came to '\(row.name)', and \(counted) are recorded")
            }
        }
    }

    /// A machine is reached at the address that its row names, by the row's rules, and by no other; says which is not.
    func misreached(_ tables: Tables) throws -> String? {
        let rows = try tables.instances()
        for (address, access) in site.network.sorted(by: { $0.key < $1.key }) {
            guard let row = rows.first(where: { $0.id == access.instance }) else {
                return "\(address) leads to an instance that is gone"
            }
            if row.state == .error { continue }
            guard row.publicAddress == address, Set(row.ports ?? []) == Set(access.rules) else {
                return "\(address) leads to '\(row.name)' by \(access.rules.map(\.label)), recorded is "
                    + "\(row.publicAddress) by \((row.ports ?? []).map(\.label))"
            }
        }
        return rows.first { $0.state != .error && site.network[$0.publicAddress]?.instance != $0.id }
            .map { "'\($0.name)' is not reached at \($0.publicAddress)" }
    }

    /// Everything was deleted: nothing is there, recorded, billed or held.
    func checkEmpty() throws {
        try checkQuiet()
        guard let server else { throw Violation("no server is up") }
        try server.store.of(.default).readNow { tables in
            let names = try tables.names(after: nil, limit: 100).filter { !Client.pairs.contains($0) }
            let bills = try tables.bills(from: .distantPast, to: .distantFuture).filter { $0.until == nil }
            let slots = try tables.addressSlots()
            let isEmpty =
                site.machines.isEmpty && site.network.isEmpty && site.volumes.isEmpty && site.snapshots.isEmpty
                && site.zones.isEmpty
            guard isEmpty, names.isEmpty, bills.isEmpty, slots.isEmpty else {
                throw Violation(
                    "left over: \(names), \(bills.map(\.name)), \(slots), \(site.network.keys), \(site.zones.keys)")
            }
        }
        let work = try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "images").path)
        guard work ?? [] == [] else { throw Violation("the work on an image is left over: \(work ?? [])") }
        let logs = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "launch").path)
        guard logs.isEmpty else { throw Violation("logs are left over: \(logs)") }
    }
}

extension Server {
    /// What has not ended, for whoever reads a violation.
    func unfinished(_ run: Run) throws -> String {
        try store.readNow { tables in
            "\(try tables.unfinishedSagas().map(\.kind)), \(try tables.openTargets().map { $0.reason ?? "at work" }), "
                + (try run.difference(tables) ?? "")
        }
    }
}
