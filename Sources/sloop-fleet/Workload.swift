import Foundation
import SloopModel
import SloopProvisioner
import SloopSSH

extension Job.Host {
    /// What a workload left behind.
    struct Result {
        let code: Int
        let output: [UInt8]
    }

    private static let patience = Duration.seconds(60)

    /// Does the job's work on this host, by the calls that the provisioner makes for it.
    func work(_ workload: Job.Workload, _ material: Material) async throws -> Result {
        let endpoint = SSHEndpoint(address: host, port: port, hostKey: try SSHPublicKey(line: hostKey))
        switch workload {
        case .true:
            return try await withSession(endpoint, material.old) { session in
                let result = try await session.run("true", timeout: Self.patience)
                return Result(code: result.exitCode, output: result.stdout)
            }
        case .script:
            return try await withSession(endpoint, material.old) { try await launch(material.script, over: $0) }
        case .rotate:
            return try await rotate(endpoint, material)
        }
    }

    /// As `MachineAccess` does it for a session that nobody needs again.
    private func withSession(
        _ endpoint: SSHEndpoint, _ key: SSHPrivateKey, _ body: (SSHSession) async throws -> Result
    ) async throws -> Result {
        try await using(try await SSHSession.connect(to: endpoint, timeout: Self.patience)) { session in
            try await session.authenticate(user: user, key: key, timeout: Self.patience)
            return try await body(session)
        }
    }

    private func using<Value: Sendable>(
        _ session: SSHSession, _ body: (SSHSession) async throws -> Value
    ) async throws -> Value {
        do {
            let value = try await body(session)
            await session.close()
            return value
        } catch {
            await session.close()
            throw error
        }
    }

    /// As the saga `run-launch-script` does it, on one connection.
    private func launch(_ script: String, over session: SSHSession) async throws -> Result {
        let run = LaunchID()
        // The user need not be one who may write below /var/lib.
        let (home, room) = (".sloop-launch", 16 << 20)
        let output = Output()
        let program = LaunchProtocol.start(run, script: script, in: home, room: room)
        let outcome = try await session.launch(run, by: program, asRoot: false) { await output.append($0) }
        if case .ended(let code) = outcome { return Result(code: code, output: await output.bytes) }
        let followed = try await session.run(
            LaunchProtocol.follow(run, in: home, from: 0, room: room), timeout: Self.patience)
        guard case .ended(let code) = LaunchProtocol.outcome(String(decoding: followed.stderr, as: UTF8.self)) else {
            return Result(code: 255, output: followed.stdout + followed.stderr)
        }
        return Result(code: code, output: followed.stdout)
    }

    private actor Output {
        private(set) var bytes: [UInt8] = []

        func append(_ more: [UInt8]) { bytes += more }
    }

    /// As the saga `rotate-instance-key` does it: three connections.
    private func rotate(_ endpoint: SSHEndpoint, _ material: Material) async throws -> Result {
        guard let rotation = material.rotation else { throw SloopError(.unexpected, "the job has no new key") }
        let file = AuthorizedKeysFile(path: ".ssh/authorized_keys")
        let first = try await SSHSession.connect(to: endpoint, timeout: Self.patience)
        // The connections to come are made while this one is at work: what they wait for is the way there and back.
        async let second = SSHSession.connect(to: endpoint, timeout: Self.patience)
        async let third = SSHSession.connect(to: endpoint, timeout: Self.patience)
        do {
            try await first.authenticate(user: user, key: material.old, timeout: Self.patience)
            try await file.add(rotation.newLine, over: first)
            try await using(try await second) {
                try await $0.authenticate(user: user, key: rotation.new, timeout: Self.patience)
            }
            try await file.remove(rotation.oldLine, requiring: rotation.newLine, over: first)
            await first.close()
            let isAccepted = try await using(try await third) {
                try await $0.accepts(user: user, key: rotation.oldLine, timeout: Self.patience)
            }
            return Result(code: isAccepted ? 1 : 0, output: isAccepted ? Array("still accepted\n".utf8) : [])
        } catch {
            await first.close()
            throw error
        }
    }
}
