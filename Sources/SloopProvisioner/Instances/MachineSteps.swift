import SloopEngine
import SloopModel
import SloopStore

/// What the sagas of one instance are given.
package struct InstanceParameters: Codable, Sendable {
    let instance: InstanceID
}

extension World {
    /// The row; throws `notFound` if it is gone.
    func instance(_ id: InstanceID) async throws -> Instance {
        guard let instance = try await store.read({ try $0.find(id) }) else {
            throw SloopError(.notFound, "the instance \(id) is gone")
        }
        return instance
    }

    /// Waits for sshd and proves that Sloop's key opens the machine. While it boots, the engine forgets what it planted.
    func waitForLogin(_ id: InstanceID) async throws {
        let instance = try await instance(id)
        async let forgotten: Void = engine.forgetSecrets(of: id)
        do {
            try await machines.waitForLogin(instance, timeout: bootPatience)
        } catch let error as SloopError {
            throw await quotingConsole(of: id, in: error)
        }
        try await forgotten
    }
}
