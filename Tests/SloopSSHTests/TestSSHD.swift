import Foundation
import SloopModel
@testable import SloopSSH

/// A real sshd on a loopback address of its own, with a home of its own; gone with the test.
final class TestSSHD: @unchecked Sendable {
    static let user = NSUserName()
    let home: URL
    let endpoint: SSHEndpoint
    /// What it says.
    let log: URL
    private var process: pid_t = 0

    /// - Parameters:
    ///   - keys: the lines of `.ssh/authorized_keys`.
    ///   - options: more of sshd's options, `Name=value`.
    init(keys: [String] = [], options: [String] = []) async throws {
        home = URL(filePath: NSTemporaryDirectory()).appending(path: "sloop-sshd-\(UUID().uuidString)")
        log = home.appending(path: "log")
        let folder = home.appending(path: ".ssh")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let authorized = folder.appending(path: "authorized_keys")
        try Data(keys.map { $0 + "\n" }.joined().utf8).write(to: authorized)
        let hostKey = SSHPrivateKey.ed25519(comment: "host")
        let hostFile = home.appending(path: "host").path
        _ = FileManager.default.createFile(
            atPath: hostFile, contents: Data(hostKey.openSSH.utf8), attributes: [.posixPermissions: 0o600])
        let address = "127.\(Int.random(in: 1...60)).\(Int.random(in: 0...255)).\(Int.random(in: 1...254))"
        endpoint = SSHEndpoint(address: address, port: Int.random(in: 20_000...32_000), hostKey: hostKey.publicKey)
        try? FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
        let fixed = [
            "ListenAddress=\(address)", "Port=\(endpoint.port)", "HostKey=\(hostFile)", "StrictModes=no", "UsePAM=no",
            "PermitRootLogin=yes", "AuthorizedKeysFile=\(authorized.path)", "PidFile=none", "MaxStartups=500",
            "PasswordAuthentication=no", "KbdInteractiveAuthentication=no",
        ]
        let more = options + fixed + ["SetEnv=HOME=\(home.path)"]
        process = try TestSSHD.spawn(
            ["/usr/sbin/sshd", "-D", "-E", log.path, "-f", "/dev/null"] + more.flatMap { ["-o", $0] })
        try await waitForSSH(address, port: endpoint.port, timeout: .seconds(60))
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(at: home)
    }

    func stop() {
        guard process > 0 else { return }
        kill(process, SIGTERM)
        waitpid(process, nil, 0)
        process = 0
    }

    // Foundation's Process takes a child that closes all its descriptors, as sshd does, for a dead one, and waits for it.
    private static func spawn(_ words: [String]) throws -> pid_t {
        var arguments = words.map { strdup($0) } + [nil]
        defer { for one in arguments { free(one) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for fd: Int32 in 0...2 { posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0) }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, words[0], &actions, nil, &arguments, environ)
        guard code == 0 else {
            throw SloopError(.operationFailed, "\(words[0]) cannot be started: \(String(cString: strerror(code)))")
        }
        return pid
    }

    func session(_ key: SSHPrivateKey) async throws -> SSHSession {
        let session = try await SSHSession.connect(to: endpoint, timeout: .seconds(10))
        try await session.authenticate(user: TestSSHD.user, key: key)
        return session
    }
}

/// The error that the body throws; nil if it throws none of ours.
func failure(_ body: () async throws -> Void) async -> SloopError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? SloopError
    }
}

/// Runs a program and gives what it prints.
@discardableResult
func shell(_ program: String, _ arguments: String...) throws -> String {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
}
