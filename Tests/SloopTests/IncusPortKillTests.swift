import Foundation
import Testing

/// Ports that are open to some addresses alone, and the death of the server while they change.
@Suite(.serialized, .needsIncus) struct IncusPortKillTests {
    /// Milliseconds from the start of the command to the kill; it takes some 200.
    static let moments = [10, 35, 60, 90, 130, 250]

    @Test func portsThatChangeWhileTheServerDiesAreInTheEndAsTheyAreListed() throws {
        let daemon = try Daemon(engine: "incus")
        let made = try daemon.sloop("instance", "create", "web", "--blueprint", "debian-12", "--plan", "nano")
        try #require(made.code == 0, "\(made.error)")
        /// Kills the server while a command is at work, and compares what is then there with what is listed.
        func dies(_ moment: Int, _ command: String) throws -> String {
            let line = "'\(Daemon.program)' port \(command) > /dev/null 2>&1 < /dev/null &"
            _ = try Daemon.run("/bin/sh", ["-c", line], ["SLOOP_SOCKET": daemon.socket], in: daemon.folder)
            usleep(useconds_t(moment * 1000))
            daemon.end(SIGKILL)
            try daemon.start()
            let operations = try daemon.settled()
            #expect(operations.allSatisfy { $0["status"] as? String == "Succeeded" }, "\(moment) ms: \(operations)")
            let listed = try daemon.sloop("port", "list", "web").out
            let restrictions = try Incus.restrictions(of: daemon)
            let isOpen = listed.contains("8080/tcp")
            #expect(try Incus.openPorts(of: daemon).contains("8080") == isOpen, "\(moment) ms: \(listed)")
            #expect(restrictions.keys.sorted() == (isOpen ? ["8080"] : []), "\(moment) ms: \(restrictions)")
            return isOpen ? restrictions["8080"] ?? "" : ""
        }
        var (opened, closed) = (0, 0)
        for (number, moment) in IncusPortKillTests.moments.enumerated() {
            let address = "192.0.2.\(number * 2 + 1)"
            let kept = try dies(moment, "open web 8080 --from \(address)")
            let isNew = kept.contains("-192.0.2.\(number * 2),192.0.2.\(number * 2 + 2)-")
            let isRecorded = try daemon.sloop("port", "list", "web").out.contains(address + "\n")
            #expect(isNew == isRecorded, "killed after \(moment) ms: \(kept)")
            if isNew { opened += 1 }
            if try dies(moment, "close web 8080").isEmpty { closed += 1 }
        }
        // Some were killed before they were accepted, and some after.
        #expect(opened > 0 && closed > 0)
        // Sloop is never kept out of the port that it needs itself.
        try #require(try daemon.sloop("port", "open", "web", "22", "--from", "192.0.2.1").code == 0)
        #expect(try daemon.sloop("ssh", "web", "--", "hostname").out == "web\n")
        try #require(try daemon.sloop("instance", "stop", "web").code == 0)
        try #require(try daemon.sloop("instance", "start", "web").code == 0)
        #expect(try Incus.restrictions(of: daemon).keys.contains("22"))
        try #require(try daemon.sloop("instance", "delete", "web").code == 0)
        #expect(try Incus.restrictions(of: daemon).isEmpty)
        try Incus.removeACL(of: daemon)
    }
}
