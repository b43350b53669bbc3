import ArgumentParser
import LightsailAPI

struct InstanceReboot: Verb {
    static let configuration = CommandConfiguration(commandName: "reboot", abstract: "Restarts a running instance.")

    @OptionGroup var instance: InstanceName
    @OptionGroup var wait: WaitOption
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let started = try await api.call(Lightsail.RebootInstance.self, .init(instanceName: instance.name)).operations
        let operation = try await api.finish(started, of: instance.name, wait)
        try connection.show(operation) { _ in operation.text(done: "\(instance.name) was rebooted") }
    }
}
