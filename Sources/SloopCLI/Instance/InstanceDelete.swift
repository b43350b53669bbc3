import ArgumentParser
import LightsailAPI

struct InstanceDelete: Verb {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Deletes an instance and everything on it; its billing ends.")

    @OptionGroup var instance: InstanceName
    @OptionGroup var wait: WaitOption
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let started = try await api.call(Lightsail.DeleteInstance.self, .init(instanceName: instance.name)).operations
        let operation = try await api.finish(started, of: instance.name, wait)
        try connection.show(operation) { _ in operation.text(done: "\(instance.name) is deleted") }
    }
}
