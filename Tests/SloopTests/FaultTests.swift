import Foundation
import Testing

/// What goes wrong around a server, each with a clear error and nothing lost.
@Suite(.needsSandbox) struct FaultTests {
    /// Starts a server that is expected to refuse, and gives what it says.
    private func refusal(_ words: String..., in daemon: Daemon) throws -> Daemon.Run {
        try Daemon.run(Daemon.program, ["serve"] + words, [:], in: daemon.folder)
    }

    @Test func aSecondServerOnTheSameStateFolderIsRefusedAndTheFirstGoesOn() throws {
        let daemon = try Daemon()
        let second = try refusal("--state", daemon.state, "--socket", daemon.folder.path + "/other.sock", in: daemon)
        #expect(second.code != 0)
        #expect(second.error.contains("another sloop serves the state folder \(daemon.state)"))
        #expect(second.error.contains("tip: "))
        #expect(try daemon.sloop("status").code == 0)
    }

    @Test func aSecondServerOnTheSameSocketIsRefusedAndTheFirstGoesOn() throws {
        let daemon = try Daemon()
        let second = try refusal(
            "--state", daemon.folder.path + "/other", "--socket", daemon.socket, in: daemon)
        #expect(second.code != 0)
        #expect(second.error.contains("another server answers at \(daemon.socket)"))
        #expect(try daemon.sloop("status").code == 0)
    }

    @Test func theSocketOfADeadServerIsReplacedAndClientsSayWhatToDoMeanwhile() throws {
        let daemon = try Daemon()
        daemon.end(SIGKILL)
        let run = try daemon.sloop("instance", "list")
        #expect(run.code == 6)
        #expect(run.error.contains("no sloop answers at \(daemon.socket)"))
        #expect(run.error.contains("sloop serve"))
        try daemon.start()
        #expect(try daemon.sloop("instance", "list").code == 0)
    }

    @Test func theSocketIsForItsOwnerOnlyAndGoneAfterACleanEnd() throws {
        let daemon = try Daemon()
        let mode = try FileManager.default.attributesOfItem(atPath: daemon.socket)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        daemon.end(SIGTERM)
        #expect(!FileManager.default.fileExists(atPath: daemon.socket))
    }

    @Test func aFileThatIsNoSocketIsNotTouched() throws {
        let daemon = try Daemon(start: false)
        let file = daemon.folder.appending(path: "precious").path
        try Data("mine".utf8).write(to: URL(filePath: file))
        let run = try refusal("--state", daemon.state, "--socket", file, in: daemon)
        #expect(run.error.contains("\(file) is there and is no socket"))
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
    }

    @Test func aDamagedDatabaseIsNamedAndLeftAsItIs() throws {
        let daemon = try Daemon()
        daemon.end(SIGTERM)
        let file = daemon.state + "/sloop.db"
        let garbage = Data(repeating: 0x58, count: 8192)
        try garbage.write(to: URL(filePath: file))
        for end in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + end) }
        let run = try refusal("--state", daemon.state, in: daemon)
        #expect(run.error.contains("\(file) is damaged or no SQLite file"), "\(run)")
        #expect(FileManager.default.contents(atPath: file) == garbage)
        try FileManager.default.removeItem(atPath: file)
    }

    @Test func aBrokenCatalogStopsTheServerBeforeItTouchesAnything() throws {
        let daemon = try Daemon(start: false)
        let catalog = daemon.folder.appending(path: "catalog")
        try FileManager.default.createDirectory(at: catalog, withIntermediateDirectories: true)
        try Data(#"{"plans": [{"id": "nano"}]}"#.utf8).write(to: catalog.appending(path: "plans.json"))
        let run = try refusal("--state", daemon.state, "--catalog", catalog.path, in: daemon)
        #expect(run.code != 0)
        #expect(run.error.contains("plans.json: the field 'plans[0].name' is missing"), "\(run)")
        #expect(!FileManager.default.fileExists(atPath: daemon.state))
    }

    @Test func aTooLongSocketPathSaysTheLimit() throws {
        let daemon = try Daemon(start: false)
        let path = "/tmp/" + String(repeating: "x", count: 120)
        let run = try refusal("--state", daemon.state, "--socket", path, in: daemon)
        #expect(run.error.contains("has 125 bytes; the system's limit is 107"), "\(run)")
    }
}
