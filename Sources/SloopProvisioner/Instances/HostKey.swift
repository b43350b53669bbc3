import Foundation
import SloopEngine
package import SloopModel
import SloopSSH
import SloopStore

extension InstanceService {
    /// Pins the host key that the machine has now, as the engine reads it: for a machine whose user made new ones.
    ///
    /// It never trusts what merely answers at the machine's address.
    package func readHostKey(of name: String) async throws -> SloopModel.Operation {
        let instance = try await world.store.read { try $0.instance(named: name) }
        let line = try await world.engine.hostKey(of: instance.id)
        let key = try line.map { try SSHPublicKey(line: $0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        let now = world.now()
        return try await world.store.write { tables in
            let instance = try tables.instance(named: name)
            if let key { try tables.change(instance.id) { $0.hostKey = key.bareLine } }
            return try tables.recordDone("delete-known-host-keys", on: name, type: "Instance", at: now)
        }
    }

    /// As `ssh-keygen -lf` prints the pinned host key, and ssh at its first connection.
    package func hostKeyFingerprint(of instance: Instance) throws -> String {
        try SSHPublicKey(line: instance.hostKey).fingerprint
    }

    /// Records that a client turned the metadata service off, which is what it always is.
    package func confirmMetadataIsOff(_ name: String) async throws -> SloopModel.Operation {
        let now = world.now()
        return try await world.store.write { tables in
            _ = try tables.instance(named: name)
            return try tables.recordDone("update-instance-metadata-options", on: name, type: "Instance", at: now)
        }
    }
}
