import SloopModel
import SloopStore

/// What the sagas of one instance are given.
package struct InstanceParameters: Codable, Sendable {
    let instance: InstanceID
}

extension World {
    /// How long a machine may take from its start until sshd answers.
    static let bootPatience = Duration.seconds(60)

    /// The row; throws `notFound` if it is gone.
    func instance(_ id: InstanceID) async throws -> Instance {
        guard let instance = try await store.read({ try $0.find(id) }) else {
            throw SloopError(.notFound, "the instance \(id) is gone")
        }
        return instance
    }

    /// Waits for sshd and proves that Sloop's key opens the machine.
    func waitForLogin(_ id: InstanceID) async throws {
        try await machines.waitForLogin(instance(id), timeout: World.bootPatience)
    }
}
