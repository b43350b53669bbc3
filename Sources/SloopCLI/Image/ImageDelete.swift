import ArgumentParser
import LightsailAPI

struct ImageDelete: Verb {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Deletes the images of a blueprint, also those that are outdated.",
        discussion: "Instances that were made from them stay. The next instance builds the image again.")

    @Argument(help: "The blueprint; see 'sloop image list'.")
    var blueprint: String

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let answer = try await api.call(SloopAPI.DeleteImage.self, .init(blueprintId: blueprint))
        try connection.show(answer) { _ in
            answer.deleted == 1
                ? "the image of \(blueprint) is deleted" : "\(answer.deleted) images of \(blueprint) are deleted"
        }
    }
}
