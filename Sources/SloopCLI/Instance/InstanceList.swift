import ArgumentParser
import LightsailAPI

struct InstanceList: Verb {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the instances.")

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let instances = try await api.call(SloopAPI.ListInstanceDetails.self, .init()).instances
        try connection.show(instances) { style in
            var table = Table([
                "NAME", .state("STATE"), "BLUEPRINT", "PLAN", .number("USD/MONTH"), "ADDRESS", "KEY",
                .state("LAUNCH"), .number("AGE"),
            ])
            table.rows = instances.map {
                [
                    $0.name, $0.state, $0.blueprint, $0.plan, $0.monthlyPrice, $0.endpoint, $0.keyPair ?? "",
                    $0.launch?.result ?? "", Time.age(of: $0.createdAt),
                ]
            }
            return table.text(style)
        }
    }
}
