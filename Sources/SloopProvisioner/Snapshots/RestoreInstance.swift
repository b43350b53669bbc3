import SloopEngine
import SloopModel
import SloopSaga
import SloopSSH
import SloopStore

/// Makes the machine of an instance from a snapshot. Its row, keys and address are already recorded.
///
/// Keys that are not in use any more come back with a snapshot: until they are gone, nobody outside can reach the machine.
enum RestoreInstance {
    typealias Parameters = CreateInstance.Parameters

    static let saga = Saga<World, Tables, Parameters>(
        "create-instances-from-snapshot",
        [
            .effect("machine") { world, p in
                var machine = try await CreateInstance.spec(p, in: world)
                machine.ports = []
                try await world.engine.create(machine)
            } undo: { world, p in
                await world.machines.drop(p.instance)
                try await world.engine.delete(p.instance)
            },
            .effect("boot") { world, p in
                try await world.engine.start(p.instance)
            } recording: { tables, p in
                try tables.change(p.instance) { $0.runningAt = tables.now }
            },
            .effect("ssh") { world, p in
                try await world.waitForLogin(p.instance)
            } recording: { tables, p in
                try tables.change(p.instance) { $0.reachableAt = tables.now }
            },
            .effect("keys") { world, p in
                try await world.exchangeKeys(p.instance)
            } recording: { tables, p in
                try tables.promoteUserKeys(of: p.instance)
            },
            .effect("ports") { world, p in
                try await world.engine.setPublicAccess(try await world.instance(p.instance).publicAccess())
            } recording: { tables, p in
                try tables.change(p.instance) { $0.state = .running }
            },
        ],
        atEnd: CreateInstance.end)
}

extension Tables {
    /// Records that the keys of users are as they were to become.
    func promoteUserKeys(of id: InstanceID) throws {
        for key in try keys(of: id, role: .user) {
            switch key.status {
            case .removing: try remove(key)
            case .adding: try promote(id, .user, fingerprint: key.fingerprint)
            case .current: break
            }
        }
    }
}

extension World {
    /// Puts the instance's own key into a machine made from a snapshot, and takes out what Sloop had put into the
    /// snapshot's source and the instance does not have. Lines that somebody wrote by hand stay.
    func exchangeKeys(_ id: InstanceID) async throws {
        let instance = try await instance(id)
        let keys = try await store.read { try $0.keys(of: id, role: .user) }
        guard
            let chosen = try keys.first(where: { $0.status != .removing }).map({ try SSHPublicKey(line: $0.publicKey) })
        else { return }
        let old = try keys.filter { $0.status == .removing }.map { try SSHPublicKey(line: $0.publicKey) }
        let file = AuthorizedKeysFile(path: InstanceKey.Role.user.file)
        try await machines.withSession(instance) { session in
            try await session.add(chosen, to: file)
            for key in old { try await session.remove(key, from: file, requiring: chosen) }
        }
        guard !old.isEmpty else { return }
        try await machines.using(try await machines.connect(to: instance)) { session in
            for key in old
            where try await session.accepts(user: instance.username, key: key, timeout: MachineAccess.patience) {
                throw SloopError(
                    .operationFailed, "'\(instance.name)' still accepts the old key \(key.fingerprint) of its snapshot",
                    tip: "it is in another file that its sshd reads; remove it in the source, and take another snapshot"
                )
            }
        }
    }
}
