import Foundation
import Testing

/// Disks and snapshots of a whole server, on real machines.
@Suite(.serialized, .needsIncus) struct IncusStorageTests {
    private func create(_ name: String, _ daemon: Daemon, _ more: [String] = []) throws {
        let words = ["instance", "create", name, "--blueprint", "debian-12", "--plan", "nano"] + more
        let run = try Daemon.run(
            Daemon.program, words, ["SLOOP_SOCKET": daemon.socket, "NO_COLOR": "1"], in: daemon.folder)
        try #require(run.code == 0, "\(run.error)")
    }

    private func must(_ run: Daemon.Run) throws -> String {
        try #require(run.code == 0, "\(run.out) \(run.error)")
        return run.out
    }

    private func address(_ name: String, _ daemon: Daemon) throws -> String {
        try #require(try daemon.json("instance", "show", name)["publicAddress"] as? String)
    }

    /// Keys that were rotated away come back with a snapshot that is older; nobody may get in by them, and nobody may be
    /// locked out.
    @Test func rotatedKeysAreRefusedInAnInstanceFromAnOlderSnapshotAndLinesByHandStay() throws {
        let daemon = try Daemon(engine: "incus")
        let old = daemon.folder.appending(path: "old.pem").path
        let new = daemon.folder.appending(path: "new.pem").path
        let hand = daemon.folder.appending(path: "hand").path
        _ = try must(daemon.sloop("key", "create", "laptop", "--save", old))
        try create("web", daemon, ["--key", "laptop"])
        let made = try Daemon.run(
            "/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", hand], [:], in: daemon.folder)
        try #require(made.code == 0)
        let line = try String(contentsOfFile: hand + ".pub", encoding: .utf8).trimmingCharacters(in: .newlines)
        let comment = "# a comment of mine"
        _ = try must(
            daemon.sloop(
                "ssh", "web", "--", "printf '%s\\n' '\(comment)' '\(line)' >> .ssh/authorized_keys; echo kept > file"))
        _ = try must(daemon.sloop("snapshot", "create", "before", "--instance", "web"))
        _ = try must(daemon.sloop("key", "rotate", "laptop", "--save", new))
        try #require(try daemon.opens(address("web", daemon), 22, key: new))

        _ = try must(daemon.sloop("snapshot", "restore", "before", "back"))
        let back = try address("back", daemon)
        #expect(try daemon.opens(back, 22, key: new))
        #expect(try !daemon.opens(back, 22, key: old))
        #expect(try daemon.opens(back, 22, key: hand))
        let seen = try must(daemon.sloop("ssh", "back", "--", "hostname; cat file; cat .ssh/authorized_keys"))
        #expect(seen.hasPrefix("back\nkept\n"))
        #expect(seen.contains("\(comment)\n\(line)\n"))
        #expect(try daemon.json("instance", "show", "back")["keyPair"] as? String == "laptop")
        // The one that was not restored is as it was.
        #expect(try daemon.opens(address("web", daemon), 22, key: new))
        // A rotation finds every key.
        let next = daemon.folder.appending(path: "next.pem").path
        _ = try must(daemon.sloop("key", "rotate", "laptop", "--save", next))
        #expect(try daemon.opens(back, 22, key: next) && !daemon.opens(back, 22, key: new))
        #expect(try daemon.opens(back, 22, key: hand))
    }

    @Test func aKeyPairOfItsOwnReplacesThatOfTheSource() throws {
        let daemon = try Daemon(engine: "incus")
        let first = daemon.folder.appending(path: "first.pem").path
        let second = daemon.folder.appending(path: "second.pem").path
        _ = try must(daemon.sloop("key", "create", "first", "--save", first))
        _ = try must(daemon.sloop("key", "create", "second", "--save", second))
        try create("web", daemon, ["--key", "first"])
        _ = try must(daemon.sloop("snapshot", "create", "then", "--instance", "web"))
        _ = try must(daemon.sloop("instance", "delete", "web"))
        _ = try must(daemon.sloop("snapshot", "restore", "then", "web", "--key", "second", "--plan", "micro"))
        let web = try address("web", daemon)
        #expect(try daemon.opens(web, 22, key: second) && !daemon.opens(web, 22, key: first))
        #expect(try daemon.json("instance", "show", "web")["plan"] as? String == "micro")
    }

    @Test func aDiskOutlivesItsInstancesAndItsSnapshotOutlivesIt() throws {
        let daemon = try Daemon(engine: "incus")
        try create("web", daemon)
        _ = try must(daemon.sloop("disk", "create", "data", "--size", "8"))
        _ = try must(daemon.sloop("disk", "attach", "data", "web"))
        _ = try must(daemon.sloop("ssh", "web", "--", "echo then | sudo tee /mnt/data/file"))
        _ = try must(daemon.sloop("snapshot", "create", "data-then", "--disk", "data"))
        _ = try must(daemon.sloop("ssh", "web", "--", "echo now | sudo tee /mnt/data/file"))
        _ = try must(daemon.sloop("instance", "delete", "web"))
        try create("next", daemon)
        _ = try must(daemon.sloop("disk", "attach", "data", "next"))
        #expect(try must(daemon.sloop("ssh", "next", "--", "cat /mnt/data/file")) == "now\n")
        _ = try must(daemon.sloop("snapshot", "restore", "data-then", "copy"))
        _ = try must(daemon.sloop("disk", "attach", "copy", "next"))
        #expect(try must(daemon.sloop("ssh", "next", "--", "cat /mnt/copy/file")) == "then\n")
        #expect(try daemon.sloop("disk", "detach", "data").code == 5)
        #expect(try daemon.sloop("disk", "delete", "data").code == 5)
        _ = try must(daemon.sloop("instance", "stop", "next"))
        _ = try must(daemon.sloop("disk", "detach", "data"))
        _ = try must(daemon.sloop("disk", "delete", "data"))
        let states = try daemon.json("cost")["items"] as? [[String: Any]] ?? []
        let ofName = { (name: String) in states.first { $0["resource"] as? String == name }?["state"] as? String }
        #expect(ofName("data") == "deleted" && ofName("copy") == "in-use" && ofName("data-then") == "available")
        // What is left of it is its snapshot, and what was made of that.
        #expect(try Incus.volumes(of: daemon).count == 2)
        _ = try must(daemon.sloop("instance", "delete", "next"))
        _ = try must(daemon.sloop("disk", "delete", "copy"))
        _ = try must(daemon.sloop("snapshot", "delete", "data-then"))
        #expect(try Incus.volumes(of: daemon).isEmpty)
    }

    @Test func whatIsKilledAtAnyMomentEndsWhole() throws {
        let daemon = try Daemon(engine: "incus")
        try create("web", daemon)
        _ = try must(daemon.sloop("snapshot", "create", "first", "--instance", "web"))
        for moment in [0, 30, 80, 160, 300, 500] {
            _ = try must(daemon.sloop("snapshot", "create", "then", "--instance", "web", "--no-wait"))
            usleep(useconds_t(moment * 200))
            daemon.end(SIGKILL)
            try daemon.start()
            _ = try daemon.settled()
            _ = try must(daemon.sloop("snapshot", "restore", "first", "back", "--no-wait"))
            usleep(useconds_t(moment * 1000))
            daemon.end(SIGKILL)
            try daemon.start()
            let all = try daemon.settled()
            #expect(all.allSatisfy { $0["status"] as? String == "Succeeded" }, "killed after \(moment) ms: \(all)")
            #expect(try daemon.sloop("ssh", "back", "--", "hostname").out == "back\n")
            // The machines are two, and the snapshots are two.
            #expect(try Incus.machines(of: daemon).count == 4)
            _ = try must(daemon.sloop("instance", "delete", "back"))
            _ = try must(daemon.sloop("snapshot", "delete", "then"))
            #expect(try Incus.machines(of: daemon).count == 2)
        }
    }
}

extension Incus {
    /// The volumes that carry the installation's id.
    fileprivate static func volumes(of daemon: Daemon) throws -> [String] {
        let id = try #require(try daemon.json("status")["installation"] as? String)
        let text = try run("query", "/1.0/storage-pools/sloop/volumes/custom?recursion=1").out
        let all = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
        return all.compactMap { volume in
            (volume["config"] as? [String: String])?["user.sloop.installation"] == id ? volume["name"] as? String : nil
        }
    }
}
