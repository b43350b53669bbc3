import Foundation
import Testing

/// Real `kill -9` of a real server in the middle of its work.
@Suite(.serialized, .needsSandbox) struct KillTests {
    /// Milliseconds from the accepted call to the kill; a create takes some 100 and a rotation some 200.
    static let moments = [0, 5, 10, 20, 30, 45, 60, 80, 100, 130, 170]

    @Test func aCreateThatIsKilledAtAnyMomentEndsAndLeavesNothingHalf() throws {
        let daemon = try Daemon()
        for (number, moment) in KillTests.moments.enumerated() {
            let name = "web-\(number)"
            try #require(
                try daemon.sloop(
                    "instance", "create", name, "--blueprint", "sandbox", "--plan", "nano", "--no-wait"
                ).code == 0)
            usleep(useconds_t(moment * 1000))
            daemon.end(SIGKILL)
            try daemon.start()
            let last = try #require(try daemon.settled().first { $0["resourceName"] as? String == name })
            #expect(last["status"] as? String == "Succeeded", "killed after \(moment) ms: \(last)")
            #expect(try daemon.sloop("ssh", name, "--", "hostname").out == "\(name)\n")
            #expect(try daemon.machines().count == number + 1)
            #expect(try daemon.names().count == number + 1)
        }
    }

    @Test func aRotationThatIsKilledAtAnyMomentLocksNobodyOutAndEnds() throws {
        let daemon = try Daemon()
        let old = daemon.folder.appending(path: "old.pem").path
        try #require(try daemon.sloop("key", "create", "laptop", "--save", old).code == 0)
        let names = ["one", "two", "three"]
        for name in names {
            try #require(
                try daemon.sloop(
                    "instance", "create", name, "--blueprint", "sandbox", "--plan", "nano", "--key", "laptop"
                ).code == 0)
            try #require(
                try daemon.sloop(
                    "ssh", name, "--", "echo '# written by hand' >> .ssh/authorized_keys"
                ).code == 0)
        }
        var current = old
        for moment in KillTests.moments {
            let next = daemon.folder.appending(path: "after-\(moment).pem").path
            let rotate = try daemon.sloop("key", "rotate", "laptop", "--save", next, "--no-wait")
            try #require([0, 7].contains(rotate.code), "\(rotate)")
            usleep(useconds_t(moment * 1000))
            daemon.end(SIGKILL)
            let places = try self.places(daemon, names)
            for (address, port) in places {
                let isIn = try daemon.opens(address, port, key: current) || daemon.opens(address, port, key: next)
                #expect(isIn, "locked out of \(address), killed after \(moment) ms")
            }
            try daemon.start()
            try waitForRotations(daemon)
            for (address, port) in places {
                #expect(try daemon.opens(address, port, key: next))
                #expect(try !daemon.opens(address, port, key: current))
            }
            current = next
        }
        for name in names {
            let file = try daemon.sloop("ssh", name, "--", "cat .ssh/authorized_keys").out
            #expect(file.split(separator: "\n").filter { $0 == "# written by hand" }.count == 1)
            #expect(file.split(separator: "\n").count == 2, "\(file)")
        }
    }

    @Test func aLaunchScriptRunsOnceHoweverOftenTheServerIsKilled() throws {
        let daemon = try Daemon()
        let script = daemon.folder.appending(path: "launch.sh").path
        let text = """
            #!/bin/sh
            echo begun >> ~/runs
            i=0
            while [ $i -lt 60 ]; do echo "line $i"; i=$((i + 1)); sleep 0.05; done
            exit 3
            """
        try Data(text.utf8).write(to: URL(filePath: script))
        try #require(
            try daemon.sloop(
                "instance", "create", "web", "--blueprint", "sandbox", "--plan", "nano", "--script", script, "--no-wait"
            ).code == 0)
        for moment in [60, 120, 250, 400, 500] {
            usleep(useconds_t(moment * 1000))
            daemon.end(SIGKILL)
            try daemon.start()
        }
        _ = try daemon.settled()
        let logs = try daemon.sloop("instance", "logs", "web")
        #expect(logs.out == (0..<60).map { "line \($0)\n" }.joined())
        let launch = try #require(try instance(daemon, "web")["launch"] as? [String: Any])
        #expect(launch["status"] as? String == "failed")
        #expect(launch["exitCode"] as? Int == 3)
        #expect(try daemon.sloop("ssh", "web", "--", "cat runs").out == "begun\n")
        #expect(try instance(daemon, "web")["state"] as? String == "running")
    }

    @Test func aDeleteThatIsKilledEnds() throws {
        let daemon = try Daemon()
        for (number, moment) in [0, 5, 15, 30].enumerated() {
            let name = "gone-\(number)"
            try #require(
                try daemon.sloop(
                    "instance", "create", name, "--blueprint", "sandbox", "--plan", "nano"
                ).code == 0)
            let delete = Process()
            delete.executableURL = URL(filePath: Daemon.program)
            delete.arguments = ["instance", "delete", name, "--socket", daemon.socket]
            delete.standardOutput = FileHandle.nullDevice
            delete.standardError = FileHandle.nullDevice
            try delete.run()
            usleep(useconds_t(moment * 1000))
            daemon.end(SIGKILL)
            try daemon.start()
            delete.waitUntilExit()
            _ = try daemon.settled()
            let rest = try daemon.names()
            // The kill may have come before the call.
            #expect(try daemon.machines().count == rest.count)
            for name in rest { try daemon.sloop("instance", "delete", name) }
            #expect(try daemon.machines().isEmpty)
        }
    }

    private func instance(_ daemon: Daemon, _ name: String) throws -> [String: Any] {
        try daemon.json("instance", "show", name)
    }

    /// From the files of the machines: the server is dead.
    private func places(_ daemon: Daemon, _ names: [String]) throws -> [(String, Int)] {
        try daemon.machines().map { id in
            let data = try Data(contentsOf: URL(filePath: "\(daemon.state)/machines/\(id)/machine.json"))
            let settings = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            let place = try #require(settings["place"] as? [String: Any])
            return (try #require(place["address"] as? String), try #require(place["port"] as? Int))
        }
    }

    private func waitForRotations(_ daemon: Daemon) throws {
        let end = Date().addingTimeInterval(60)
        while true {
            _ = try daemon.settled()
            let pairs = try daemon.list("key", "list")
            let pending = pairs.flatMap { $0["pending"] as? [Any] ?? [] }
            if pending.isEmpty { return }
            try #require(Date() < end, "the rotation does not end: \(pairs)")
            usleep(50_000)
        }
    }
}
