import ArgumentParser
import LightsailAPI

struct ConsoleLogout: Verb {
    static let configuration = CommandConfiguration(
        commandName: "logout", abstract: "Signs every browser out, of all accounts or of one.")

    @Option(help: "The account; all if none is given.")
    var account: String?

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let answer = try await api.call(SloopAPI.EndConsoleSessions.self, .init(account: account))
        try connection.show(answer) { _ in
            answer.ended == 1 ? "1 browser was signed out" : "\(answer.ended) browsers were signed out"
        }
    }
}
