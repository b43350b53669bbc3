import SloopEngine
import SloopModel
import SloopSaga
import SloopSSH
import SloopStore

extension Saga.Step
where World == SloopProvisioner.World, Transaction == Tables, Parameters == CreateInstance.Parameters {
    /// For a machine that was there before it was the user's: a copy of another one, or one that was kept ready.
    static var exchangeKeys: Self {
        .effect("keys") { world, p in
            try await world.exchangeKeys(p.instance)
        } recording: { tables, p in
            try tables.promoteUserKeys(of: p.instance)
        }
    }
}

extension Tables {
    /// Records that the keys of users are as they were to become.
    fileprivate func promoteUserKeys(of id: InstanceID) throws {
        for key in try keys(of: id, role: .user) {
            switch key.status {
            case .removing: try remove(key)
            case .adding: try promote(id, .user, fingerprint: key.fingerprint)
            case .current: break
            }
        }
    }

    /// Leaves what a creation that got stuck has not done about the keys of users to a rotation, which is taken up when the
    /// machine is back, and can be seen until it is done.
    func rotateLater(_ id: InstanceID) throws {
        let keys = try keys(of: id, role: .user)
        guard let instance = try find(id), try openTargets(of: id, role: .user).isEmpty,
            keys.contains(where: { $0.status != .current }),
            let chosen = keys.first(where: { $0.status != .removing })
        else { return }
        let rotation = KeyRotation(
            id: RotationID(), account: instance.account, keyPair: instance.keyPair, status: .started,
            newPublicKey: chosen.publicKey, newFingerprint: chosen.fingerprint, createdAt: now)
        try insert(rotation)
        let target = RotationTarget(
            rotation: rotation.id, instance: id, instanceName: instance.name,
            oldFingerprint: (keys.first { $0.status == .removing } ?? chosen).fingerprint, changedAt: now)
        try insert(target)
        try begin(target, on: instance, at: now)
    }
}

extension World {
    /// Puts the instance's own key into a machine made from a snapshot, and, once sshd was seen to take it, takes out what
    /// Sloop had put into the snapshot's source and the instance does not have. Lines that somebody wrote by hand stay.
    ///
    /// Throws `keyRefused` with every old key in its place if sshd does not take the new one.
    fileprivate func exchangeKeys(_ id: InstanceID) async throws {
        let instance = try await instance(id)
        let keys = try await store.read { try $0.keys(of: id, role: .user) }
        guard
            let chosen = try keys.first(where: { $0.status != .removing }).map({ try SSHPublicKey(line: $0.publicKey) })
        else { return }
        let old = try keys.filter { $0.status == .removing }.map { try SSHPublicKey(line: $0.publicKey) }
        let file = AuthorizedKeysFile(path: InstanceKey.Role.user.file)
        guard !old.isEmpty else {
            return try await machines.withSession(instance) { try await $0.add(chosen, to: file) }
        }
        try await machines.withSession(instance, keep: true, ahead: 1) { try await $0.add(chosen, to: file) }
        // Of somebody who has not logged in: sshd tells him of each key whether it would take it.
        try await machines.withStranger(to: instance) { stranger in
            func accepts(_ key: SSHPublicKey) async throws -> Bool {
                try await stranger.accepts(user: instance.username, key: key, timeout: MachineAccess.patience)
            }
            guard try await accepts(chosen) else {
                throw SloopError(
                    .keyRefused, "'\(instance.name)' does not accept the key \(chosen.fingerprint)",
                    tip: "look into the sshd configuration of the snapshot's source, and take another snapshot")
            }
            try await machines.withSession(instance) { session in
                for key in old { try await session.remove(key, from: file, requiring: chosen) }
            }
            for key in old where try await accepts(key) {
                throw SloopError(
                    .operationFailed, "'\(instance.name)' still accepts the old key \(key.fingerprint) of its snapshot",
                    tip: "it is in another file that its sshd reads; remove it in the source, and take another snapshot"
                )
            }
        }
    }
}
