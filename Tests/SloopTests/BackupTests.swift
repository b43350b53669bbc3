import Foundation
import Testing

/// Backups of real servers, and what a server makes of one that is restored.
@Suite(.serialized, .needsSandbox) struct BackupTests {
    @Test func aBackupOfARunningServerIsRestoredAndNoMachineIsLost() throws {
        let daemon = try Daemon()
        try create(daemon, "web")
        let file = daemon.folder.appending(path: "backup").path
        let made = try daemon.sloop("backup", file)
        try #require(made.code == 0, "\(made)")
        #expect(made.out.hasPrefix("\(file): 1 instances, 1 key pairs, "))
        #expect(made.error.contains("the key to the secrets is in the file (mode 0600)"))
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
        try create(daemon, "late")
        #expect(try daemon.sloop("backup", file).code == 2)
        #expect(try daemon.sloop("restore", file, "--state", daemon.state, "--force").code == 1, "it runs")

        daemon.end(SIGKILL)
        #expect(try daemon.sloop("restore", file, "--state", daemon.state).code == 5, "it is not empty")
        let restore = try daemon.sloop("restore", file, "--state", daemon.state, "--force")
        try #require(restore.code == 0, "\(restore)")
        #expect(restore.out.contains("what was there is in \(daemon.state)/before-restore-"))
        try daemon.start()
        #expect(try daemon.names() == ["web"])
        #expect(try daemon.sloop("ssh", "web", "--", "hostname").out == "web\n")
        #expect(try daemon.machines().count == 2)
        let unclaimed = try #require(try daemon.json("status")["unclaimed"] as? [String])
        #expect(unclaimed.count == 1 && unclaimed[0].hasPrefix("machine "))
        // The way back: what was moved aside knows both.
        daemon.end(SIGTERM)
        let aside = try #require(
            try FileManager.default.contentsOfDirectory(atPath: daemon.state).first { $0.hasPrefix("before-restore-") })
        let again = daemon.folder.appending(path: "again").path
        try #require(
            try daemon.sloop("backup", again, "--state", "\(daemon.state)/\(aside)", "--socket", "/nowhere").code == 0)
        try #require(try daemon.sloop("restore", again, "--state", daemon.state, "--force").code == 0)
        try daemon.start()
        #expect(try daemon.names() == ["late", "web"])
        #expect(try daemon.sloop("ssh", "late", "--", "hostname").out == "late\n")
        #expect(try (daemon.json("status")["unclaimed"] as? [String])?.isEmpty == true)
    }

    @Test func aServerWhoseKeyFileIsLostOrWrongSaysSoAndLosesNothing() throws {
        let daemon = try Daemon()
        try create(daemon, "web")
        let file = daemon.folder.appending(path: "backup").path
        try #require(try daemon.sloop("backup", file).code == 0)
        daemon.end(SIGTERM)
        let key = "\(daemon.state)/secret.key"
        let right = try #require(FileManager.default.contents(atPath: key))
        for wrong in [nil, Data(), Data(repeating: 7, count: 32)] {
            unlink(key)
            if let wrong { try wrong.write(to: URL(filePath: key)) }
            chmod(key, 0o600)
            let run = try Daemon.run(
                "/usr/bin/timeout",
                [
                    "20", Daemon.program, "serve", "--state", daemon.state, "--engine", "local", "--catalog",
                    Daemon.catalog,
                ],
                [:], in: daemon.folder)
            #expect(run.code == 1 && run.error.contains("secret.key"), "\(run)")
        }
        // What is there is moved aside, however it is.
        chmod(key, 0o644)
        try #require(try daemon.sloop("restore", file, "--state", daemon.state, "--force").code == 0)
        #expect(FileManager.default.contents(atPath: key) == right)
        try daemon.start()
        #expect(try daemon.sloop("ssh", "web", "--", "hostname").out == "web\n")
    }

    private func create(_ daemon: Daemon, _ name: String) throws {
        let run = try daemon.sloop("instance", "create", name, "--blueprint", "sandbox", "--plan", "nano")
        try #require(run.code == 0, "\(run)")
    }
}
