import Foundation
import Testing

/// Machines that are kept ready, on a real Incus: handed out whole whenever the server dies, and gone when none are wanted.
@Suite(.serialized, .needsIncus) struct IncusWarmTests {
    /// Waits until so many machines can be handed out, and there are so many in all.
    private func wait(_ daemon: Daemon, ready: Int?, of count: Int) throws {
        let end = Date().addingTimeInterval(60)
        while true {
            let stock = try #require(try daemon.json("status")["warm"] as? [[String: Any]])
            let all = try Incus.machines(of: daemon)
            if stock.first?["ready"] as? Int == ready && all.count == count { return }
            try #require(Date() < end, "never \(count) machines: \(stock) \(all)")
            usleep(50_000)
        }
    }

    @Test func anInstanceIsAMachineThatWasReadyWheneverTheServerDies() throws {
        let daemon = try Daemon(engine: "incus", arguments: ["--warm", "debian-12:nano=1"])
        let key = daemon.folder.appending(path: "key.pem").path
        try #require(try daemon.sloop("key", "create", "laptop", "--save", key).code == 0)
        try wait(daemon, ready: 1, of: 1)
        // Milliseconds from the accepted call to the kill; a claim takes some 150.
        let moments = [nil, 0, 20, 50, 80, 120, 200]
        for (number, moment) in moments.enumerated() {
            let (name, before) = ("web-\(number)", try Set(Incus.machines(of: daemon)))
            let create = try daemon.sloop(
                "instance", "create", name, "--blueprint", "debian-12", "--plan", "nano", "--key", "laptop", "--no-wait"
            )
            try #require(create.code == 0, "\(create.error)")
            if let moment {
                usleep(useconds_t(moment * 1000))
                daemon.end(SIGKILL)
                try daemon.start()
            }
            let last = try #require(try daemon.settled().first { $0["resourceName"] as? String == name })
            #expect(last["status"] as? String == "Succeeded", "killed after \(moment ?? -1) ms: \(last)")
            #expect(last["kind"] as? String == "create-instance.warm", "it was made anew")
            let shown = try daemon.json("instance", "show", name)
            let address = try #require(shown["publicAddress"] as? String)
            #expect(try daemon.opens(address, 22, key: key))
            #expect(try daemon.sloop("ssh", name, "--", "hostname").out == "\(name)\n")
            // A successor is made, and nothing besides.
            try wait(daemon, ready: 1, of: number + 2)
            #expect(try before.isSubset(of: Incus.machines(of: daemon)))
            #expect(try Incus.forwards(of: daemon).count == number + 2)
        }
        #expect(try daemon.list("instance", "list").count == moments.count)
        daemon.end(SIGKILL)
        daemon.arguments = []
        try daemon.start()
        try wait(daemon, ready: nil, of: moments.count)
        for name in try daemon.names() { try #require(try daemon.sloop("instance", "delete", name).code == 0) }
        #expect(try Incus.machines(of: daemon).isEmpty)
    }
}
