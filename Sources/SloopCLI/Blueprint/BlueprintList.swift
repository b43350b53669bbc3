import ArgumentParser
import LightsailAPI

struct BlueprintList: Verb {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the blueprints.")

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let blueprints = try await api.call(SloopAPI.GetCatalog.self, .init()).blueprints
        try connection.show(blueprints) { style in
            var table = Table(["BLUEPRINT", "KIND", "VERSION", "USER", .state("AVAILABLE"), "DESCRIPTION"])
            table.rows = blueprints.map {
                [$0.id, $0.kind, $0.version, $0.username, $0.available ? "yes" : "no", $0.description]
            }
            return table.text(style)
        }
    }
}
