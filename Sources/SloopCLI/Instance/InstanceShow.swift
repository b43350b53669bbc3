import ArgumentParser
import LightsailAPI

struct InstanceShow: Verb {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows an instance.")

    @OptionGroup var instance: InstanceName
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let details = try await api.instance(instance.name)
        try connection.show(details) { details.text($0) }
    }
}

extension APIClient {
    /// The instance of that name.
    func instance(_ name: String) async throws -> SloopAPI.InstanceDetails {
        try await call(SloopAPI.GetInstanceDetails.self, .init(instanceName: name)).instance
    }
}
