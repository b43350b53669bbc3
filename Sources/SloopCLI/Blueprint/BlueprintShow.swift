import ArgumentParser
import LightsailAPI
import SloopModel

struct BlueprintShow: Verb {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows a blueprint.")

    @Argument(help: "The blueprint's id.")
    var id: String

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let blueprints = try await api.call(SloopAPI.GetCatalog.self, .init()).blueprints
        guard let blueprint = blueprints.first(where: { $0.id == id }) else {
            throw SloopError(.notFound, "no blueprint '\(id)'", tip: "sloop blueprint list")
        }
        try connection.show(blueprint) { style in
            var fields = FieldList()
            fields.add("blueprint", blueprint.id)
            fields.add("name", blueprint.name)
            fields.add("kind", blueprint.kind)
            fields.add("version", blueprint.version)
            fields.add("description", blueprint.description)
            fields.add("user", blueprint.username)
            fields.add("ports", blueprint.ports.joined(separator: " "))
            fields.add("needs", blueprint.requiresMachine ? "an engine that makes whole machines" : nil)
            fields.add("available", blueprint.available ? "yes" : "no", isState: true)
            fields.add("reason", blueprint.reason)
            return fields.text(style)
        }
    }
}
