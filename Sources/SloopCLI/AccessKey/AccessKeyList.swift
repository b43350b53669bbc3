import ArgumentParser
import LightsailAPI

struct AccessKeyList: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the access keys of every account.")

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let keys = try await api.call(SloopAPI.ListAPIAccessKeys.self, .init()).accessKeys
        try connection.show(keys) { style in
            var table = Table(["ACCESS KEY", "ACCOUNT", .state("STATUS"), .number("LAST USED"), .number("AGE")])
            table.rows = keys.map {
                [$0.accessKeyId, $0.account, $0.status, Time.age(of: $0.lastUsedAt), Time.age(of: $0.createdAt)]
            }
            return table.text(style)
        }
    }
}
