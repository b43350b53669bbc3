import Foundation
import SloopModel
import SloopStore
import Testing

/// Secrets of a whole run are where they belong and nowhere else: in no log, in no command line, in clear in no file.
@Suite(.serialized) struct SecretTests {
    /// A text that tells, and what it is.
    private struct Secret {
        let what: String
        let text: Data

        init(_ what: String, _ text: String) { (self.what, self.text) = (what, Data(text.utf8)) }

        /// A line of a private key in PEM from its middle, which is its own.
        init(_ what: String, pem: String) {
            let lines = pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }
            self.init(what, String(lines.count > 2 ? lines[lines.count - 2] : lines.last ?? ""))
        }
    }

    private func must(_ run: Daemon.Run) throws -> Daemon.Run {
        try #require(run.code == 0, "\(run)")
        return run
    }

    /// Everything that makes, shows or moves a secret, on a server that logs all it can.
    private func live(_ engine: String, _ blueprint: String) async throws {
        let watch = CommandLineWatch()
        let daemon = try Daemon(engine: engine, arguments: ["--log-level", "trace", "--listen", "127.0.0.1:0"])
        var secrets: [Secret] = []
        var said: [(String, Data)] = []
        func file(_ name: String) -> String { daemon.folder.appending(path: name).path }
        func sloop(_ words: String...) throws {
            let run = try must(
                Daemon.run(
                    Daemon.program, words, ["SLOOP_SOCKET": daemon.socket, "NO_COLOR": "1"], in: daemon.folder))
            said.append((words.joined(separator: " "), Data((run.out + run.error).utf8)))
        }
        // A sign that the watch sees even short lives.
        let plant = "planted-\(UUID().uuidString)"
        _ = try Daemon.run("/bin/sh", ["-c", "sleep 0.2; : \(plant)"], [:], in: daemon.folder)

        try sloop("key", "create", "laptop", "--save", file("one.pem"))
        let access = try daemon.json("access-key", "create", "--account", "shop")
        secrets.append(Secret("the secret of an access key", try #require(access["secretAccessKey"] as? String)))
        let inScript = "pass-\(UUID().uuidString)"
        try Data("#!/bin/sh\n# \(inScript)\necho fine\n".utf8).write(to: URL(filePath: file("script.sh")))
        secrets.append(Secret("a launch script", inScript))
        try sloop(
            "instance", "create", "web", "--blueprint", blueprint, "--plan", "nano", "--key", "laptop", "--script",
            file("script.sh"))
        try sloop("ssh", "web", "--", "hostname")
        try sloop("key", "rotate", "laptop", "--save", file("two.pem"))
        try sloop("key", "rotate", "--access")
        try sloop("instance", "rerun", "web", "--script", file("script.sh"))
        try sloop("instance", "stop", "web")
        // A rotation that waits keeps its private key, sealed.
        let waiting = try daemon.sloop("key", "rotate", "laptop", "--save", file("three.pem"))
        #expect(waiting.code == 7)
        try sloop("backup", file("backup"))
        try sloop("instance", "start", "web")
        for name in ["one.pem", "two.pem", "three.pem"] {
            secrets.append(Secret(name, pem: try String(contentsOfFile: file(name), encoding: .utf8)))
        }
        try sloop("instance", "list")
        try sloop("operation", "list")
        let instance = InstanceID(try #require(try daemon.json("instance", "show", "web")["id"] as? String))
        daemon.end(SIGTERM)

        // Its own, which nobody is ever shown.
        let state = URL(filePath: daemon.state)
        let key = try #require(FileManager.default.contents(atPath: daemon.state + "/secret.key"))
        let store = try Store(folder: state, vault: Vault(folder: state))
        let own = try await store.read { tables in
            var names = [SecretName.authority, SecretName.hostKey(instance)]
            if let current = try tables.currentAccessKey() { names.append(SecretName.access(current.fingerprint)) }
            return try names.map { ($0, try tables.secret($0)) }
        }
        try store.close()
        for (name, text) in own { secrets.append(Secret(name, pem: try #require(text, "\(name)"))) }
        for secret in secrets { try #require(secret.text.count >= 20, "\(secret.what)") }

        let log = try #require(FileManager.default.contents(atPath: daemon.log))
        #expect(log.count > 200, "a server that logs nothing proves nothing")
        let (lines, rounds) = watch.end()
        #expect(lines.contains { $0.range(of: Data(plant.utf8)) != nil })
        for secret in secrets {
            #expect(log.range(of: secret.text) == nil, "\(secret.what) is in the server's log")
            for (words, text) in said {
                #expect(text.range(of: secret.text) == nil, "\(secret.what) is in what 'sloop \(words)' says")
            }
            for line in lines where line.range(of: secret.text) != nil {
                Issue.record(
                    "\(secret.what) was on a command line: \(String(decoding: line.prefix(300), as: UTF8.self))")
            }
        }
        for other in [key, Data(key.base64EncodedString().utf8)] { #expect(log.range(of: other) == nil) }
        // On disk they are sealed; the script is the user's own, and kept to be run again.
        let database = ["sloop.db", "sloop.db-wal"].compactMap {
            FileManager.default.contents(atPath: "\(daemon.state)/\($0)")
        }
        for secret in secrets where secret.what != "a launch script" {
            #expect(
                !database.contains { $0.range(of: secret.text) != nil }, "\(secret.what) is in clear in the database")
        }
        print(
            "secrets: \(secrets.count), command lines: \(lines.count) seen in \(rounds) rounds, log: \(log.count) bytes"
        )
    }

    @Test(.needsSandbox) func noSecretOfAWholeRunIsInALogOrOnACommandLine() async throws {
        try await live("local", "sandbox")
    }

    @Test(.needsIncus) func noSecretOfAWholeRunOnRealMachinesIsInALogOrOnACommandLine() async throws {
        try await live("incus", "debian-12")
    }

    @Test(.needsSandbox) func aServerWhoseKeyOthersMayReadDoesNotStartAndSaysHowToMendIt() throws {
        let daemon = try Daemon()
        daemon.end(SIGTERM)
        let key = daemon.state + "/secret.key"
        chmod(key, 0o644)
        let words = ["serve", "--state", daemon.state, "--engine", "local", "--catalog", Daemon.catalog]
        let run = try Daemon.run(Daemon.program, words, [:], in: daemon.folder)
        #expect(run.code == 1 && run.error.contains("others can read or change the key to all secrets, \(key)"))
        #expect(run.error.contains("tip: chmod 600 \(key)"))
        chmod(key, 0o600)
        try daemon.start()
        for name in ["secret.key", "sloop.db", "sloop.db-wal", "sloop.db-shm", "lock", "sloop.sock"] {
            let mode = try FileManager.default.attributesOfItem(atPath: "\(daemon.state)/\(name)")[.posixPermissions]
            #expect(mode as? Int == 0o600, "\(name)")
        }
    }
}
