import ArgumentParser
import LightsailAPI

struct ConsoleLogin: Verb {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Prints a link that signs a browser in, once, within ten minutes.",
        discussion: "Who opens it may do in the console what the account may do by the API.")

    @Option(help: "Whose resources are seen.")
    var account: String = "default"

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let link = try await api.call(SloopAPI.CreateConsoleLink.self, .init(account: account))
        try connection.show(link) { _ in link.url }
        guard !connection.isJSON else { return }
        Terminal.current.note("open it in a browser; it works once, until \(Time.moment(link.expiresAt) ?? "")")
    }
}
