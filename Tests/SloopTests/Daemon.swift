import Foundation
import Testing

/// A real `sloop serve` in a folder of its own, which can be killed and started again. Its machines go with the test.
final class Daemon: @unchecked Sendable {
    static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "sloop").path
    let folder: URL
    /// The ordinary user that the server runs as, if the tests are root's.
    private let user: uid_t?
    private let engine: String
    /// More of the command line, from the next start on.
    var arguments: [String]
    /// The folder with plans.json and blueprints.
    private let catalog: String
    private let environment: [String: String]
    private(set) var pid: pid_t = 0
    /// What it said when it was ready.
    private(set) var line = ""

    var state: String { folder.appending(path: "state").path }
    var socket: String { folder.appending(path: "state/sloop.sock").path }
    var log: String { folder.appending(path: "log").path }

    init(
        start: Bool = true, as user: uid_t? = nil, engine: String = "local", arguments: [String] = [],
        catalog: String = Daemon.catalog, environment: [String: String] = [:]
    ) throws {
        self.engine = engine
        self.arguments = arguments
        self.catalog = catalog
        self.environment = environment
        folder = URL(filePath: "/tmp").appending(path: "sloop-test-\(UUID().uuidString.prefix(13))")
        self.user = geteuid() == 0 ? user : nil
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        if let user = self.user {
            // The checkout may be where only root can read.
            for name in ["plans.json", "blueprints"] {
                try FileManager.default.copyItem(atPath: "\(Daemon.catalog)/\(name)", toPath: folder.path + "/\(name)")
            }
            try FileManager.default.copyItem(atPath: Daemon.program, toPath: folder.path + "/sloop")
            try #require(chown(folder.path, user, user) == 0)
        }
        if start { try self.start() }
    }

    /// Starts it and waits for the line that says it is ready.
    func start() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let (code, child) = spawn(output: ends[1])
        close(ends[1])
        try #require(code == 0)
        pid = child
        let reader = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        line = String(decoding: reader.availableData, as: UTF8.self)
        try #require(
            line.contains("serves \(socket)"), "\(line) \((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
    }

    private func spawn(output: Int32) -> (Int32, pid_t) {
        var words = [Daemon.program, "serve", "--state", state, "--engine", engine, "--catalog", catalog]
        words += arguments
        if let user {
            words = [
                "/usr/bin/setpriv", "--reuid", "\(user)", "--regid", "\(user)", "--clear-groups",
                folder.path + "/sloop", "serve", "--state", state, "--engine", engine, "--catalog", folder.path,
            ]
        }
        var arguments = words.map { strdup($0) } + [nil]
        defer { for one in arguments { free(one) } }
        let all = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        var variables = all.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for one in variables { free(one) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // Its output must end with it, and not with a sibling that was started in between.
        for fd: Int32 in 3..<256 { posix_spawn_file_actions_addclose(&actions, fd) }
        var child: pid_t = 0
        return (posix_spawn(&child, words[0], &actions, nil, &arguments, &variables), child)
    }

    /// The repository's root, for the catalog.
    static let catalog = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// Ends it by the signal and waits until it is gone.
    func end(_ signal: Int32) {
        guard pid > 0 else { return }
        kill(pid, signal)
        waitpid(pid, nil, 0)
        pid = 0
    }

    deinit {
        if pid == 0 { try? start() }
        for name in (try? names()) ?? [] { _ = try? sloop("instance", "delete", name) }
        for noun in ["disk", "snapshot"] {
            for one in (try? list(noun, "list")) ?? [] {
                if let name = one["name"] as? String { _ = try? sloop(noun, "delete", name) }
            }
        }
        end(SIGTERM)
        try? FileManager.default.removeItem(at: folder)
    }

    struct Run {
        let code: Int32
        let out: String
        let error: String
    }

    /// Runs the command line against this server.
    @discardableResult
    func sloop(_ words: String...) throws -> Run {
        try Daemon.run(Daemon.program, words, ["SLOOP_SOCKET": socket, "NO_COLOR": "1"], in: folder)
    }

    /// The same, as the JSON that it prints.
    func json(_ words: String...) throws -> [String: Any] {
        let run = try Daemon.run(
            Daemon.program, words + ["--output", "json"], ["SLOOP_SOCKET": socket], in: folder)
        let value = try? JSONSerialization.jsonObject(with: Data(run.out.utf8))
        return try #require(value as? [String: Any], "\(words): \(run)")
    }

    /// A list, as the JSON that is printed.
    func list(_ words: String...) throws -> [[String: Any]] {
        let run = try Daemon.run(
            Daemon.program, words + ["--output", "json"], ["SLOOP_SOCKET": socket], in: folder)
        let value = try? JSONSerialization.jsonObject(with: Data(run.out.utf8))
        return try #require(value as? [[String: Any]], "\(words): \(run)")
    }

    func names() throws -> [String] {
        try list("instance", "list").compactMap { $0["name"] as? String }
    }

    /// Waits until no operation is under way; gives all, newest first.
    func settled(within seconds: Double = 60) throws -> [[String: Any]] {
        let end = Date().addingTimeInterval(seconds)
        while true {
            let all = try list("operation", "list")
            if !all.contains(where: { $0["status"] as? String == "Started" }) { return all }
            try #require(Date() < end, "operations do not end: \(all)")
            usleep(20_000)
        }
    }

    /// The folders of machines that the engine has.
    func machines() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: state + "/machines").filter { !$0.hasPrefix(".") }
    }

    /// Whether plain ssh gets in with that private key file alone.
    func opens(_ address: String, _ port: Int, key: String) throws -> Bool {
        let options = [
            "BatchMode=yes", "IdentitiesOnly=yes", "IdentityAgent=none", "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null", "ConnectTimeout=20",
        ].flatMap { ["-o", $0] }
        let words = ["-F", "/dev/null", "-i", key] + options + ["-p", "\(port)", "admin@\(address)", "echo in"]
        return try Daemon.run("/usr/bin/ssh", words, [:], in: folder).out == "in\n"
    }

    static func run(_ program: String, _ words: [String], _ more: [String: String], in folder: URL) throws -> Run {
        let process = Process()
        let (out, error) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: program)
        process.arguments = words
        process.environment = ProcessInfo.processInfo.environment.merging(more) { $1 }
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = out
        process.standardError = error
        try process.run()
        let errors = ErrorReader(error.fileHandleForReading)
        let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let errorText = errors.text()
        process.waitUntilExit()
        return Run(code: process.terminationStatus, out: text, error: errorText)
    }
}

/// Reads a pipe beside another one, so that neither fills up.
private final class ErrorReader: @unchecked Sendable {
    private let done = DispatchSemaphore(value: 0)
    private var data = Data()

    init(_ handle: FileHandle) {
        Thread.detachNewThread { [self] in
            data = handle.readDataToEndOfFile()
            done.signal()
        }
    }

    func text() -> String {
        done.wait()
        return String(decoding: data, as: UTF8.self)
    }
}
