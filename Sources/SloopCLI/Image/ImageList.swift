import ArgumentParser
import LightsailAPI

struct ImageList: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the images.",
        discussion: "An image that is not built is built when the first instance needs it.")

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let images = try await api.call(SloopAPI.ListImages.self, .init()).images
        try connection.show(images) { style in
            var table = Table(["IMAGE", .state("STATE"), .number("SIZE"), "DIGEST", .number("AGE")])
            table.rows = images.map {
                [$0.blueprint, $0.state, $0.size, $0.digest, Time.age(of: $0.createdAt)]
            }
            return table.text(style)
        }
    }
}

extension SloopAPI.ImageDetails {
    /// Empty if it is not built.
    var size: String { bytes.map { Size.megabytes(($0 + (1 << 19)) >> 20) } ?? "" }
}
