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
        let session = try await SSHSession.connect(to: endpoint, timeout: Self.patience)
        do {
            try await session.authenticate(user: user, key: key, timeout: Self.patience)
            let result = try await body(session)
            await session.close()
            return result
        } catch {
            await session.close()
            throw error
        }
    }

    /// As the saga `run-launch-script` does it, on one connection.
    private func launch(_ script: [UInt8], over session: SSHSession) async throws -> Result {
        let run = LaunchID()
        // The user need not be one who may write below /var/lib.
        let home = ".sloop-launch"
        let begun = try await session.run(
            LaunchProtocol.start(run, in: home, bytes: script.count), stdin: script, timeout: Self.patience)
        guard begun.exitCode == 0 else { return Result(code: 255, output: begun.stderr) }
        let followed = try await session.run(
            LaunchProtocol.follow(run, in: home, from: 0, room: 16 << 20), timeout: Self.patience)
        guard case .ended(let code) = LaunchProtocol.outcome(String(decoding: followed.stderr, as: UTF8.self)) else {
            return Result(code: 255, output: followed.stdout + followed.stderr)
        }
        return Result(code: code, output: followed.stdout)
    }

    /// As the saga `rotate-instance-key` does it: three connections.
    private func rotate(_ endpoint: SSHEndpoint, _ material: Material) async throws -> Result {
        guard let rotation = material.rotation else { throw SloopError(.unexpected, "the job has no new key") }
        let file = AuthorizedKeysFile(path: ".ssh/authorized_keys")
        return try await withSession(endpoint, material.old) { session in
            try await file.add(rotation.newLine, over: session)
            _ = try await withSession(endpoint, rotation.new) { _ in Result(code: 0, output: []) }
            try await file.remove(rotation.oldLine, requiring: rotation.newLine, over: session)
            let last = try await SSHSession.connect(to: endpoint, timeout: Self.patience)
            do {
                let isAccepted = try await last.accepts(user: user, key: rotation.oldLine, timeout: Self.patience)
                await last.close()
                return Result(code: isAccepted ? 1 : 0, output: isAccepted ? Array("still accepted\n".utf8) : [])
            } catch {
                await last.close()
                throw error
            }
        }
    }
}
