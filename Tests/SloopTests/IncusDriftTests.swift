import Foundation
import Testing

/// What somebody does to a machine behind Sloop's back is seen within a minute, and nothing is made again.
@Suite(.serialized, .needsIncus) struct IncusDriftTests {
    /// Waits until the instance is in that state; says for how long.
    private func wait(_ daemon: Daemon, _ state: String, because reason: String? = nil) throws -> Double {
        let start = Date()
        while true {
            let shown = try daemon.json("instance", "show", "web")
            let why = shown["stateReason"] as? String
            if shown["state"] as? String == state, reason.map({ why?.contains($0) == true }) ?? true {
                return Date().timeIntervalSince(start)
            }
            try #require(Date().timeIntervalSince(start) < 60, "it is not seen: \(shown["state"] ?? "") \(why ?? "")")
            usleep(100_000)
        }
    }

    @Test func aMachineThatIsStoppedStartedRenamedOrDeletedBehindOurBackIsSeenWithinAMinute() throws {
        let daemon = try Daemon(engine: "incus")
        let create = try daemon.sloop("instance", "create", "web", "--blueprint", "debian-12", "--plan", "nano")
        try #require(create.code == 0, "\(create.error)")
        let name = try #require(try Incus.machines(of: daemon).first)
        func incus(_ words: String...) throws {
            let run = try Daemon.run("/usr/bin/incus", words, [:], in: daemon.folder)
            try #require(run.code == 0, "\(run.error)")
        }
        var times: [String: Double] = [:]
        try incus("stop", "--force", name)
        times["stopped"] = try wait(daemon, "stopped", because: "outside of sloop")
        try incus("start", name)
        times["started"] = try wait(daemon, "running")
        #expect(try daemon.sloop("ssh", "web", "--", "hostname").out == "web\n")
        // What reaches it is as it was, and who looks sees that it was not.
        let address = try #require(try daemon.json("instance", "show", "web")["publicAddress"] as? String)
        try incus("network", "forward", "delete", "sloopbr0", address)
        let start = Date()
        while try Incus.forwards(of: daemon) != [address] {
            try #require(Date().timeIntervalSince(start) < 60, "nothing reaches it")
            usleep(100_000)
        }
        times["not reached"] = Date().timeIntervalSince(start)
        let kinds = try daemon.settled().compactMap { $0["kind"] as? String }
        #expect(kinds.first == "restore-public-access", "\(kinds)")

        // A copy that somebody made is not taken for it.
        try incus("copy", name, "copy-of-\(name)", "--instance-only")
        usleep(6_000_000)
        #expect(try daemon.json("instance", "show", "web")["state"] as? String == "running")
        // It has the same address, for which Incus would not let the machine start again.
        try incus("delete", "--force", "copy-of-\(name)")

        try incus("stop", "--force", name)
        try incus("rename", name, "renamed-\(name)")
        times["renamed"] = try wait(daemon, "error", because: "missing")
        #expect(try daemon.sloop("instance", "start", "web").code != 0)
        try incus("rename", "renamed-\(name)", name)
        times["renamed back"] = try wait(daemon, "stopped")
        #expect(try daemon.sloop("instance", "start", "web").code == 0)

        try incus("delete", "--force", name)
        times["deleted"] = try wait(daemon, "error", because: "missing")
        usleep(6_000_000)
        #expect(try Incus.machines(of: daemon).isEmpty)
        #expect(try daemon.sloop("instance", "delete", "web").code == 0)
        #expect(try Incus.forwards(of: daemon).isEmpty)
        print("seen behind our back: \(times.mapValues { ($0 * 10).rounded() / 10 })")
    }
}
