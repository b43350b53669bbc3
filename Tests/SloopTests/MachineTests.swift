import Foundation
import Testing

/// Consoles, secrets, images and the doctor, by the program itself.
@Suite(.needsSandbox) struct MachineTests {
    @Test func aMachineOfTheLocalEngineHasAConsoleAndNoSecrets() throws {
        let daemon = try Daemon()
        try #require(
            try daemon.sloop("instance", "create", "web", "--blueprint", "sandbox", "--plan", "nano").code == 0)
        #expect(try daemon.sloop("instance", "console", "web").out.contains("Server listening"))
        #expect((try daemon.json("instance", "console", "web")["log"] as? String)?.isEmpty == false)
        #expect(try daemon.sloop("instance", "show", "web", "--secrets").out == "web has no secrets\n")
        #expect(try daemon.sloop("instance", "console", "nobody").code == 3)
    }

    @Test(arguments: [["list"], ["build", "debian-12"], ["delete", "debian-12"]])
    func anEngineWithoutImagesSaysSo(_ words: [String]) throws {
        let daemon = try Daemon()
        let run = try Daemon.run(Daemon.program, ["image"] + words, ["SLOOP_SOCKET": daemon.socket], in: daemon.folder)
        #expect(run.code == 2)
        #expect(run.error.hasPrefix("error: the engine 'local' needs no images\ntip: "))
    }

    @Test func theDoctorNeedsNoServer() throws {
        let folder = FileManager.default.temporaryDirectory
        let run = try Daemon.run(
            Daemon.program, ["doctor", "--output", "json"], ["SLOOP_SOCKET": "/nowhere"], in: folder)
        let json = try JSONSerialization.jsonObject(with: Data(run.out.utf8)) as? [String: Any]
        let engines = try #require(json?["engines"] as? [[String: Any]])
        #expect(engines.map { $0["engine"] as? String } == ["local", "incus"])
        #expect(engines[0]["usable"] as? Bool == true)
        #expect(run.code == 0)
    }
}
