import Foundation
import Testing

/// What happens to machines of the local engine behind a real server's back is seen within a minute, and nothing is made again.
@Suite(.serialized, .needsSandbox) struct DriftTests {
    @Test func aMachineThatEndsIsRenamedOrIsRemovedBehindOurBackIsSeenWithinAMinute() throws {
        let daemon = try Daemon()
        let create = try daemon.sloop("instance", "create", "web", "--blueprint", "sandbox", "--plan", "nano")
        try #require(create.code == 0, "\(create.error)")
        let folder = "\(daemon.state)/machines/"
        let machine = folder + (try #require(try daemon.machines().first))
        let manager = FileManager.default

        try Processes.endAll(of: machine)
        try wait(daemon, "stopped", because: "outside of sloop")
        try #require(try daemon.sloop("instance", "start", "web").code == 0)
        #expect(try daemon.sloop("ssh", "web", "--", "hostname").out == "web\n")

        // One of another name is not taken for it.
        try Processes.endAll(of: machine)
        try manager.moveItem(atPath: machine, toPath: folder + "renamed")
        try wait(daemon, "error", because: "missing")
        #expect(try daemon.sloop("instance", "start", "web").code != 0)
        #expect(try daemon.machines() == ["renamed"])
        try manager.moveItem(atPath: folder + "renamed", toPath: machine)
        try wait(daemon, "stopped")
        try #require(try daemon.sloop("instance", "start", "web").code == 0)

        try Processes.endAll(of: machine)
        try manager.removeItem(atPath: machine)
        try wait(daemon, "error", because: "missing")
        usleep(6_000_000)
        #expect(try daemon.machines().isEmpty)
        #expect(try daemon.sloop("instance", "delete", "web").code == 0)
    }

    private func wait(_ daemon: Daemon, _ state: String, because reason: String? = nil) throws {
        let start = Date()
        while true {
            let shown = try daemon.json("instance", "show", "web")
            let why = shown["stateReason"] as? String
            if shown["state"] as? String == state, reason.map({ why?.contains($0) == true }) ?? true { return }
            try #require(Date().timeIntervalSince(start) < 60, "it is not seen: \(shown["state"] ?? "") \(why ?? "")")
            usleep(100_000)
        }
    }
}
