import ArgumentParser
import LightsailAPI

struct InstanceStart: Verb {
    static let configuration = CommandConfiguration(commandName: "start", abstract: "Starts a stopped instance.")

    @OptionGroup var instance: InstanceName
    @OptionGroup var wait: WaitOption
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let started = try await api.call(Lightsail.StartInstance.self, .init(instanceName: instance.name)).operations
        let operation = try await api.finish(started, of: instance.name, wait)
        try connection.show(operation) { _ in operation.text(done: "\(instance.name) runs") }
    }
}
