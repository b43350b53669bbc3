import ArgumentParser
import LightsailAPI

struct KeyList: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the key pairs, and the instances that a rotation waits for.")

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let keys = try await api.keySummaries()
        try connection.show(keys) { style in
            var table = Table(["KEY", "FINGERPRINT", .number("INSTANCES"), .number("PENDING"), .number("AGE")])
            table.rows = keys.map {
                [
                    $0.name ?? KeySummary.accessName, $0.fingerprint ?? "", "\($0.instances.count)",
                    $0.pending.isEmpty ? "" : "\($0.pending.count)", Time.age(of: $0.createdAt),
                ]
            }
            return ([table.text(style)] + pending(keys, style)).joined(separator: "\n\n")
        }
    }

    private func pending(_ keys: [KeySummary], _ style: Style) -> [String] {
        var table = Table(["PENDING ON", "KEY", .state("STATUS"), "REASON"])
        table.rows = keys.flatMap { key in
            key.pending.map { [$0.instance, key.name ?? KeySummary.accessName, $0.status, $0.reason ?? ""] }
        }
        return table.rows.isEmpty ? [] : [table.text(style)]
    }
}
