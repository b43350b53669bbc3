import SloopEngine
import SloopModel
import SloopSaga
import SloopSSH
import SloopStore

/// Changes a key of one machine so that at every moment some key that we hold is accepted.
///
/// Nothing here is undone: a rotation that cannot go on leaves the old key where it is, keeps its record of every key
/// that may be in the machine, and is taken up again later.
enum RotateInstanceKey {
    struct Parameters: Codable, Sendable {
        let rotation: RotationID
        let instance: InstanceID
    }

    static let saga = Saga<World, Tables, Parameters>(
        "rotate-instance-key",
        [
            .effect("prove the new key") { world, p in
                guard let job = try await job(p, in: world) else { return }
                do {
                    // One for the proof, and one for the next step.
                    try await world.machines.withSession(job.instance, keep: true, ahead: 2) { session in
                        try await session.add(job.key, to: job.file)
                    }
                    try await prove(job, in: world)
                } catch {
                    await world.machines.drop(p.instance)
                    throw error
                }
            } recording: { tables, p in
                guard let target = try tables.target(p.rotation, p.instance), target.isOpen,
                    let rotation = try tables.find(p.rotation)
                else { return }
                try tables.promote(p.instance, rotation.role, fingerprint: rotation.newFingerprint)
                let hasPrivate = try tables.privateKey(of: rotation) != nil
                try tables.change(p.rotation, p.instance, at: tables.now) { target in
                    target.status = .proven
                    target.proof = hasPrivate ? .login : .query
                    target.reason = nil
                }
            },
            .effect("see the old key refused") { world, p in
                guard let job = try await job(p, in: world) else {
                    return await world.machines.drop(p.instance)
                }
                try await world.machines.withSession(job.instance, ahead: 1) { session in
                    for old in job.old { try await session.remove(old, from: job.file, requiring: job.key) }
                }
                try await seeRefused(job, in: world)
            } recording: { tables, p in
                guard let target = try tables.target(p.rotation, p.instance), target.isOpen,
                    let rotation = try tables.find(p.rotation)
                else { return }
                for key in try tables.keys(of: p.instance, role: rotation.role)
                where key.fingerprint != rotation.newFingerprint {
                    try tables.remove(key)
                }
                try tables.change(p.rotation, p.instance, at: tables.now) { target in
                    target.status = .done
                    target.oldRefused = true
                    target.reason = nil
                }
            },
        ],
        atEnd: { tables, p, end in
            switch end {
            case .succeeded: break
            case .undone(_, let why), .stuck(_, let why):
                try tables.change(p.rotation, p.instance, at: tables.now) { $0.reason = why }
            }
        })

    /// What is to be done on the machine; nil if it is done, superseded or gone.
    private struct Job: Sendable {
        let instance: Instance
        let file: AuthorizedKeysFile
        let key: SSHPublicKey
        /// The private half; nil if it is the user's alone.
        let secret: SSHPrivateKey?
        let old: [SSHPublicKey]
    }

    private static func job(_ p: Parameters, in world: World) async throws -> Job? {
        try await world.store.read { tables in
            guard let target = try tables.target(p.rotation, p.instance), target.isOpen,
                let rotation = try tables.find(p.rotation), let instance = try tables.find(p.instance)
            else { return nil }
            let old = try tables.keys(of: p.instance, role: rotation.role)
                .filter { $0.fingerprint != rotation.newFingerprint }
            return try Job(
                instance: instance, file: AuthorizedKeysFile(path: rotation.role.file),
                key: SSHPublicKey(line: rotation.newPublicKey),
                secret: tables.privateKey(of: rotation).map { try SSHPrivateKey(parsing: $0) },
                old: old.map { try SSHPublicKey(line: $0.publicKey) })
        }
    }

    private static func prove(_ job: Job, in world: World) async throws {
        let (user, patience) = (job.instance.username, MachineAccess.patience)
        try await world.machines.withStranger(to: job.instance) { session in
            if let secret = job.secret {
                return try await session.authenticate(user: user, key: secret, timeout: patience)
            }
            guard try await session.accepts(user: user, key: job.key, timeout: patience) else {
                throw SloopError(
                    .keyRefused, "'\(job.instance.name)' does not accept the new key \(job.key.fingerprint)",
                    tip: "the old key stays; look into the machine's sshd configuration")
            }
        }
        guard job.secret == nil else { return }
        let isThere = try await world.machines.withSession(job.instance, keep: true) { session in
            try await session.contains(job.key, in: job.file)
        }
        guard isThere else {
            throw SloopError(.operationFailed, "the new key is not in \(job.file.path) of '\(job.instance.name)'")
        }
    }

    private static func seeRefused(_ job: Job, in world: World) async throws {
        let (user, patience) = (job.instance.username, MachineAccess.patience)
        try await world.machines.withStranger(to: job.instance) { session in
            for old in job.old where try await session.accepts(user: user, key: old, timeout: patience) {
                throw SloopError(
                    .operationFailed, "'\(job.instance.name)' still accepts the old key \(old.fingerprint)",
                    tip: "it is in another file that its sshd reads; remove it there")
            }
        }
    }
}

extension InstanceKey.Role {
    /// The file in the machine.
    var file: String {
        switch self {
        case .user: ".ssh/authorized_keys"
        case .access: MachinePaths.accessKeys
        }
    }
}

extension Tables {
    /// The private half of a rotation's new key; nil if it is the user's alone.
    func privateKey(of rotation: KeyRotation) throws -> String? {
        switch rotation.role {
        case .user: try secret(SecretName.rotation(rotation.id))
        case .access: try secret(SecretName.access(rotation.newFingerprint))
        }
    }
}
