import Foundation
import SloopModel
import Synchronization

/// A server of its own in a folder of its own, for one burn-in.
final class BurninServer: Sendable {
    let folder: String
    private let program: String
    private let pid: pid_t
    private var socket: String { folder + "/sloop.sock" }
    /// How long one command may take; the first on a computer may make an image.
    private static let patience = Duration.seconds(900)
    private static let starting = Mutex(())

    /// Starts it, and waits until it answers.
    init(_ burnin: Burnin) async throws {
        program = burnin.program
        var template = Array("/var/tmp/sloop-burnin-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw SloopError(
                .operationFailed, "no folder can be made in /var/tmp: \(String(cString: strerror(errno)).lowercased())")
        }
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        var words = ["serve", "--state", folder, "--engine", burnin.engine]
        if let catalog = burnin.catalog { words += ["--catalog", catalog] }
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = words
        process.standardInput = FileHandle.nullDevice
        let log = folder + "/server.log"
        _ = FileManager.default.createFile(atPath: log, contents: nil, attributes: [.posixPermissions: 0o600])
        let handle = FileHandle(forWritingAtPath: log)
        process.standardOutput = handle
        process.standardError = handle
        do { try process.run() } catch {
            try? FileManager.default.removeItem(atPath: folder)
            throw SloopError(.operationFailed, "\(program) cannot be started", cause: error)
        }
        pid = process.processIdentifier
        let end = ContinuousClock.now + .seconds(60)
        while process.isRunning, ContinuousClock.now < end {
            if (try? String(contentsOfFile: log, encoding: .utf8))?.contains(" serves \(folder)/sloop.sock") == true {
                return
            }
            try? await Task.sleep(for: .milliseconds(50))
        }
        let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        process.terminate()
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
        throw SloopError(
            .operationFailed, "the server for the burn-in does not start: \(said.trimmingCharacters(in: .newlines))",
            tip: "see what is missing: sloop doctor")
    }

    /// What a command ended with.
    struct Run: Sendable {
        let words: [String]
        let code: Int32
        let out: String
        let error: String

        /// What to say if this was not expected.
        var complaint: String {
            let lines = (error + out).split(separator: "\n").filter { !$0.isEmpty }
            return "'\(words.joined(separator: " "))' ended with \(code): \(lines.suffix(3).joined(separator: " | "))"
        }
    }

    /// Runs a command of this program against the server.
    func sloop(_ words: [String]) async throws -> Run {
        let run = try await run(program, words)
        return Run(words: ["sloop"] + words, code: run.code, out: run.out, error: run.error)
    }

    /// Runs a program; its output goes through files, so that it never waits for us.
    func run(_ program: String, _ words: [String]) async throws -> Run {
        let id = UUID().uuidString
        let files = ["out", "error"].map { "\(folder)/\(id).\($0)" }
        defer { for file in files { try? FileManager.default.removeItem(atPath: file) } }
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = words
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["SLOOP_SOCKET": socket, "NO_COLOR": "1"]) { $1 }
        process.currentDirectoryURL = URL(filePath: folder)
        process.standardInput = FileHandle.nullDevice
        for file in files {
            _ = FileManager.default.createFile(atPath: file, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        process.standardOutput = FileHandle(forWritingAtPath: files[0])
        process.standardError = FileHandle(forWritingAtPath: files[1])
        let limit = DispatchWorkItem { process.terminate() }
        let code: Int32 = try await withCheckedThrowingContinuation { done in
            process.terminationHandler = { done.resume(returning: $0.terminationStatus) }
            // One at a time: two that are started at once have brought Foundation down.
            do { try BurninServer.starting.withLock { _ in try process.run() } } catch { done.resume(throwing: error) }
            DispatchQueue.global().asyncAfter(deadline: .now() + BurninServer.patience.seconds, execute: limit)
        }
        limit.cancel()
        let texts = files.map { String(decoding: FileManager.default.contents(atPath: $0) ?? Data(), as: UTF8.self) }
        return Run(words: [program] + words, code: code, out: texts[0], error: texts[1])
    }

    /// What a command prints as JSON.
    func json(_ words: [String]) async throws -> Any {
        let run = try await sloop(words + ["--output", "json"])
        guard run.code == 0, let value = try? JSONSerialization.jsonObject(with: Data(run.out.utf8)) else {
            throw SloopError(.operationFailed, run.complaint)
        }
        return value
    }

    /// The engine that it took.
    func engine() async throws -> String { (try await json(["status"]) as? [String: Any])?["engine"] as? String ?? "" }

    /// What is there that was to be gone.
    func leftovers() async -> [String] {
        var left: [String] = []
        for noun in ["instance", "disk", "snapshot", "address", "key"] {
            guard let all = try? await json([noun, "list"]) as? [[String: Any]] else {
                left.append("whether a \(noun) is left cannot be told")
                continue
            }
            left += all.compactMap { $0["name"] as? String }.map { "\(noun) \($0)" }
        }
        let status = (try? await json(["status"])) as? [String: Any]
        left += (status?["unclaimed"] as? [String] ?? []).map { "unclaimed \($0)" }
        if let stuck = status?["stuckOperations"] as? Int, stuck > 0 { left.append("\(stuck) stuck operations") }
        return left
    }

    /// Ends it, and removes its folder unless something is left that only it knows.
    func end(keeping isKept: Bool) async {
        kill(pid, SIGTERM)
        let end = ContinuousClock.now + .seconds(60)
        while kill(pid, 0) == 0, ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(20)) }
        if !isKept { try? FileManager.default.removeItem(atPath: folder) }
    }
}
