import Foundation
import Testing

/// Real `kill -9` of a real server at moments that a seed chooses, whatever it is doing: `make kill-test RUNS=200`.
@Suite(.serialized, .needsSandbox) struct RandomKillTests {
    @Test func aServerThatIsKilledAtRandomComesBackWholeAndNobodyIsLockedOut() throws {
        let run = try KillRun(engine: "local")
        for _ in 0..<KillRun.runs(12) { try run.act(within: 250) }
        try run.end()
    }
}

/// The same on real machines, with disks and snapshots.
@Suite(.serialized, .needsIncus) struct IncusKillAtRandomTests {
    @Test func aServerThatIsKilledAtRandomComesBackWholeAndNobodyIsLockedOut() throws {
        let run = try KillRun(engine: "incus")
        try run.make("first")
        for _ in 0..<KillRun.runs(8) { try run.act(within: 700) }
        try run.end()
    }
}

extension KillRun {
    private var blueprint: String { engine == "incus" ? "debian-12" : "sandbox" }

    private func create(_ name: String) -> [String] {
        ["instance", "create", name, "--blueprint", blueprint, "--plan", "nano", "--key", "laptop"]
    }

    func make(_ name: String) throws {
        let made = try Daemon.run(
            Daemon.program, create(name), ["SLOOP_SOCKET": daemon.socket, "NO_COLOR": "1"], in: daemon.folder)
        try #require(made.code == 0, "\(made.error)")
    }

    /// One kill in the midst of something that can be done now, and a look at all there is.
    func act(within milliseconds: Int) throws {
        try checkKeys()
        try kill(within: milliseconds, during: try choose())
        try compare()
    }

    private func choose() throws -> [String] {
        let all = try instances()
        if let stopped = all.first(where: { $0.state == "stopped" }) {
            return ["instance", "start", stopped.name, "--no-wait"]
        }
        if all.count < 2 { return create("web-\(kills)") + ["--no-wait"] }
        let one = all[roll(all.count)].name
        switch roll(engine == "incus" ? 12 : 8) {
        case 0: return create("web-\(kills)") + ["--no-wait"]
        case 1,
            2 where all.count > 3:
            return ["instance", "delete", one, "--no-wait"]
        case 3: return ["instance", "stop", one, "--no-wait"]
        case 4: return ["instance", "reboot", one, "--no-wait"]
        case 5: return ["key", "rotate", "--access", "--no-wait"]
        case 8, 9: return try chooseSnapshot(of: one)
        case 10, 11: return try chooseDisk(for: one)
        default: return rotation()
        }
    }

    private func chooseSnapshot(of instance: String) throws -> [String] {
        let there = try daemon.list("snapshot", "list").compactMap { $0["name"] as? String }
        guard let one = there.first else {
            return ["snapshot", "create", "snapshot-\(kills)", "--instance", instance, "--no-wait"]
        }
        return roll(2) == 0
            ? ["snapshot", "delete", one, "--no-wait"] : ["snapshot", "restore", one, "web-\(kills)", "--no-wait"]
    }

    private func chooseDisk(for instance: String) throws -> [String] {
        guard let disk = try daemon.list("disk", "list").first, let name = disk["name"] as? String else {
            return ["disk", "create", "disk-\(kills)", "--size", "8", "--no-wait"]
        }
        if disk["state"] as? String == "available" {
            return roll(2) == 0
                ? ["disk", "delete", name, "--no-wait"] : ["disk", "attach", name, instance, "--no-wait"]
        }
        return rotation()
    }

    /// What is recorded is what the engine has, and nothing is in between or in error.
    private func compare() throws {
        let rows = try instances()
        for row in rows { #expect(["running", "stopped"].contains(row.state), "\(comment): \(row)") }
        let machines = engine == "incus" ? try Incus.machines(of: daemon) : try daemon.machines()
        // On Incus snapshots are copies of machines.
        let snapshots =
            engine == "incus"
            ? try daemon.list("snapshot", "list").count { ($0["sourceType"] as? String)?.lowercased() == "instance" }
            : 0
        #expect(machines.count == rows.count + snapshots, "\(comment): \(machines), \(rows)")
        if engine == "incus" { #expect(try Incus.forwards(of: daemon).count == rows.count, "\(comment)") }
    }

    /// Deletes all, after which nothing may be left.
    func end() throws {
        for name in try daemon.names() { try #require(try daemon.sloop("instance", "delete", name).code == 0) }
        for noun in engine == "incus" ? ["disk", "snapshot"] : [] {
            for one in try daemon.list(noun, "list") {
                try #require(try daemon.sloop(noun, "delete", one["name"] as? String ?? "").code == 0)
            }
        }
        try compare()
        #expect(try instances().isEmpty)
        say("\(kills) kills, seed \(seed), engine \(engine): recovered within \(String(format: "%.1f", slowest)) s")
    }
}
