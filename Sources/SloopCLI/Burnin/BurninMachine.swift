import Foundation
import SloopModel

/// The way of one machine through a burn-in.
struct BurninMachine: Sendable {
    let name: String
    let server: BurninServer
    let blueprint: String
    let plan: String
    /// The name of its key pair: no two things of an account have the same.
    var key: String { "\(name)-key" }

    struct Step: Sendable {
        let name: String
        var needsMachines = false
        let work: @Sendable (BurninMachine) async throws -> Void
    }

    /// Makes each step in turn. After one that fails, or when it is to end, only what is there is deleted.
    func go(_ steps: [Step], _ interruption: Burnin.Interruption) async -> [BurninReport.Outcome] {
        var outcomes: [BurninReport.Outcome] = []
        for step in steps {
            guard !interruption.isWanted, !outcomes.contains(where: { $0.failure != nil }) else { break }
            outcomes.append(await timing(step.name) { try await step.work(self) })
        }
        outcomes.append(await timing("delete", delete))
        return outcomes
    }

    private func timing(_ step: String, _ work: () async throws -> Void) async -> BurninReport.Outcome {
        let start = ContinuousClock.now
        var failure: String?
        do { try await work() } catch let error as SloopError { failure = error.message } catch { failure = "\(error)" }
        return .init(machine: name, step: step, seconds: start.duration(to: .now).seconds, failure: failure)
    }

    // MARK: What the steps are made of

    @discardableResult
    func sloop(_ words: String..., code: Int32 = 0) async throws -> String {
        let run = try await server.sloop(words)
        guard run.code == code else { throw SloopError(.operationFailed, run.complaint) }
        return run.out
    }

    func expect(_ what: String, _ found: String, _ wanted: String) throws {
        guard found != wanted else { return }
        throw SloopError(.operationFailed, "\(what) is \(found.debugDescription) instead of \(wanted.debugDescription)")
    }

    /// What a command prints that is run in the machine, by `sloop ssh`.
    ///
    /// Incus writes all of its rules anew when one changes: who connects in that moment does so again.
    func shell(_ command: String, on instance: String? = nil) async throws -> String {
        let words = ["ssh", instance ?? name, "--", command]
        var run = try await server.sloop(words)
        for _ in 0..<3 where run.code == 255 { run = try await server.sloop(words) }
        guard run.code == 0 else { throw SloopError(.operationFailed, run.complaint) }
        return run.out
    }

    func file(_ kind: String) -> String { "\(server.folder)/\(name).\(kind)" }

    func write(_ text: String, to kind: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: file(kind)))
        return file(kind)
    }

    func show(_ instance: String? = nil) async throws -> [String: Any] {
        try await server.json(["instance", "show", instance ?? name]) as? [String: Any] ?? [:]
    }

    /// Whether plain ssh gets in with that private key alone, at the host key that Sloop says it has.
    func opens(_ key: String, _ instance: String? = nil) async throws -> Bool {
        let shown = try await show(instance)
        guard let address = shown["publicAddress"] as? String, let port = shown["port"] as? Int,
            let user = shown["username"] as? String, let host = shown["hostKey"] as? String
        else { throw SloopError(.operationFailed, "'\(instance ?? name)' has no address") }
        let known = try write("\(port == 22 ? address : "[\(address)]:\(port)") \(host)\n", to: "known_hosts")
        let options = [
            "BatchMode=yes", "IdentitiesOnly=yes", "IdentityAgent=none", "StrictHostKeyChecking=yes",
            "UserKnownHostsFile=\(known)", "GlobalKnownHostsFile=/dev/null", "ConnectTimeout=20",
        ].flatMap { ["-o", $0] }
        let words = ["-F", "/dev/null", "-i", key] + options + ["-p", "\(port)", "\(user)@\(address)", "echo in"]
        var complaint = ""
        for _ in 0..<4 {
            let run = try await server.run("/usr/bin/ssh", words)
            if run.out == "in\n" { return true }
            if run.error.contains("Permission denied") { return false }
            complaint = run.complaint
        }
        throw SloopError(.operationFailed, complaint)
    }

    /// Whether sshd answers there. Something on the way may take connections to any address, and say nothing.
    func answers(_ address: String) async throws -> Bool {
        let greeting = "exec 3<> /dev/tcp/\(address)/22 && head -c 4 <&3"
        return try await server.run("/usr/bin/timeout", ["5", "/bin/bash", "-c", greeting]).out == "SSH-"
    }

    /// When the first of the machine's processes was started.
    func bootTime() async throws -> String { try await shell("cut -d ' ' -f 22 /proc/1/stat") }

    /// Deletes whatever there is of it, however far it came.
    private func delete() async throws {
        var complaints: [String] = []
        let gone: Set<Int32> = [0, ExitStatus.notFound.rawValue]
        for words in [
            ["instance", "delete", name], ["instance", "delete", "\(name)-copy"],
            ["snapshot", "delete", "\(name)-then"], ["address", "detach", "\(name)-address"],
            ["address", "release", "\(name)-address"], ["key", "delete", key],
        ] {
            var run = try await server.sloop(words)
            // Work that was under way when the machine was given up must end first.
            for _ in 0..<60 where run.code == ExitStatus.conflict.rawValue && words[1] == "delete" {
                try await Task.sleep(for: .seconds(1))
                run = try await server.sloop(words)
            }
            if !gone.contains(run.code) && words[1] != "detach" { complaints.append(run.complaint) }
        }
        guard complaints.isEmpty else { throw SloopError(.operationFailed, complaints.joined(separator: "; ")) }
    }
}
