import Foundation
import Testing

/// Crashes of the server, of Incus and of the machines, on real machines.
@Suite(.serialized, .needsIncus) struct IncusKillTests {
    /// Milliseconds from the accepted call to the kill; a create takes some 500 and a delete some 700.
    static let moments = [0, 20, 60, 120, 200, 300, 420]

    private func create(_ name: String, _ daemon: Daemon, _ more: [String] = []) throws -> Daemon.Run {
        try Daemon.run(
            Daemon.program, ["instance", "create", name, "--blueprint", "debian-12", "--plan", "nano"] + more,
            ["SLOOP_SOCKET": daemon.socket, "NO_COLOR": "1"], in: daemon.folder)
    }

    @Test func aCreateAndADeleteThatAreKilledAtAnyMomentEndWhole() throws {
        let daemon = try Daemon(engine: "incus")
        // The image is there before the first kill.
        let first = try create("first", daemon)
        try #require(first.code == 0, "\(first.error)")
        for (number, moment) in IncusKillTests.moments.enumerated() {
            let name = "web-\(number)"
            try #require(try create(name, daemon, ["--no-wait"]).code == 0)
            usleep(useconds_t(moment * 1000))
            daemon.end(SIGKILL)
            try daemon.start()
            let last = try #require(try daemon.settled().first { $0["resourceName"] as? String == name })
            #expect(last["status"] as? String == "Succeeded", "killed after \(moment) ms: \(last)")
            #expect(try daemon.sloop("ssh", name, "--", "hostname").out == "\(name)\n")
            #expect(try Incus.machines(of: daemon).count == 2)

            try #require(try daemon.sloop("instance", "delete", name, "--no-wait").code == 0)
            usleep(useconds_t(moment * 1000))
            daemon.end(SIGKILL)
            try daemon.start()
            let end = try #require(try daemon.settled().first { $0["resourceName"] as? String == name })
            #expect(end["status"] as? String == "Succeeded", "killed after \(moment) ms: \(end)")
            #expect(try Incus.machines(of: daemon).count == 1)
            #expect(try Incus.forwards(of: daemon).count == 1)
        }
    }

    @Test func aRotationThatIsKilledAtAnyMomentLocksNobodyOut() throws {
        let daemon = try Daemon(engine: "incus")
        var key = daemon.folder.appending(path: "key.pem").path
        try #require(try daemon.sloop("key", "create", "laptop", "--save", key).code == 0)
        try #require(try create("web", daemon, ["--key", "laptop"]).code == 0)
        let shown = try daemon.json("instance", "show", "web")
        let address = try #require(shown["publicAddress"] as? String)
        for moment in [0, 60, 120, 180, 260] {
            let next = daemon.folder.appending(path: "key-\(moment).pem").path
            let start = try daemon.sloop("key", "rotate", "laptop", "--save", next, "--no-wait")
            try #require([0, 5].contains(start.code), "\(start)")
            usleep(useconds_t(moment * 1000))
            daemon.end(SIGKILL)
            let (old, new) = (try daemon.opens(address, 22, key: key), try daemon.opens(address, 22, key: next))
            #expect(old || new, "killed after \(moment) ms")
            try daemon.start()
            _ = try daemon.settled()
            let end = Date().addingTimeInterval(60)
            while try !daemon.list("key", "list").allSatisfy({ ($0["pending"] as? [Any])?.isEmpty ?? true }) {
                try #require(Date() < end, "the rotation does not end")
                usleep(50_000)
            }
            #expect(try daemon.opens(address, 22, key: next))
            #expect(try !daemon.opens(address, 22, key: key))
            key = next
        }
    }

    @Test func aLaunchScriptIsRootsAndIsNotRunTwiceWhenItReboots() throws {
        let daemon = try Daemon(engine: "incus")
        let script = daemon.folder.appending(path: "script.sh").path
        try Data("id -un; pwd; echo run >> /root/runs; echo $SLOOP_INSTANCE; systemctl reboot; sleep 60\n".utf8).write(
            to: URL(filePath: script))
        let run = try create("web", daemon, ["--script", script])
        #expect(run.code != 0)
        let launch = try #require(try daemon.json("instance", "show", "web")["launch"] as? [String: Any])
        #expect(["interrupted", "failed"].contains(launch["status"] as? String), "\(launch)")
        #expect(try daemon.sloop("instance", "logs", "web").out.hasPrefix("root\n/root\nweb\n"))
        let end = Date().addingTimeInterval(30)
        while try daemon.sloop("ssh", "web", "--", "sudo cat /root/runs").out != "run\n" {
            try #require(Date() < end, "the machine does not come back, or ran its script twice")
            usleep(100_000)
        }
    }

    /// Not by Foundation's Process, which would wait for the daemon that is started.
    private func incus(_ argument: String, _ daemon: Daemon) throws {
        let log = daemon.folder.appending(path: "install-incus").path
        let code = system("\(Daemon.catalog)/scripts/install-incus \(argument) > \(log) 2>&1 < /dev/null")
        try #require(code == 0, "\((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
    }

    @Test func createsGoOnWhenIncusIsRestartedUnderThem() throws {
        let daemon = try Daemon(engine: "incus")
        try #require(try create("first", daemon).code == 0)
        for number in 0..<4 { try #require(try create("web-\(number)", daemon, ["--no-wait"]).code == 0) }
        usleep(150_000)
        try incus("--stop", daemon)
        // The machines run on, and Sloop answers.
        #expect(try daemon.names().count == 5)
        try incus("", daemon)
        let operations = try daemon.settled(within: 120)
        #expect(operations.allSatisfy { $0["status"] as? String == "Succeeded" }, "\(operations)")
        for name in (0..<4).map({ "web-\($0)" }) {
            #expect(try daemon.sloop("ssh", name, "--", "hostname").out == "\(name)\n")
        }
        #expect(try Incus.machines(of: daemon).count == 5)
        #expect(try Incus.forwards(of: daemon).count == 5)
    }

    @Test func anImageThatIsGoneIsMadeAgain() throws {
        let daemon = try Daemon(engine: "incus")
        try #require(try create("first", daemon).code == 0)
        try #require(try daemon.sloop("image", "delete", "debian-12").code == 0)
        // Machines that were cloned from it stay.
        #expect(try daemon.sloop("ssh", "first", "--", "hostname").out == "first\n")
        let second = try create("second", daemon)
        #expect(second.code == 0, "\(second.error)")
    }
}
