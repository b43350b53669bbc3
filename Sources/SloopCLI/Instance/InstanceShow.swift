import ArgumentParser
import LightsailAPI

struct InstanceShow: Verb {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows an instance.")

    @OptionGroup var instance: InstanceName

    @Flag(help: "Show the passwords that it made for itself at its first boot, and nothing else.")
    var secrets = false

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        if secrets { return try await showSecrets(api) }
        let details = try await api.instance(instance.name)
        try connection.show(details) { details.text($0) }
    }

    private func showSecrets(_ api: APIClient) async throws {
        let answer = try await api.call(SloopAPI.GetInstanceSecrets.self, .init(instanceName: instance.name))
        try connection.show(answer) { style in
            guard !answer.secrets.isEmpty else { return "\(instance.name) has no secrets" }
            var table = Table(["SECRET", "VALUE"])
            table.rows = answer.secrets.map { [$0.name, $0.value] }
            return table.text(style)
        }
    }
}

extension APIClient {
    /// The instance of that name.
    func instance(_ name: String) async throws -> SloopAPI.InstanceDetails {
        try await call(SloopAPI.GetInstanceDetails.self, .init(instanceName: name)).instance
    }
}
