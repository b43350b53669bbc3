import ArgumentParser
import LightsailAPI
import SloopModel

struct KeyShow: Verb {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows a key pair and the instances that have it.")

    @OptionGroup var key: KeyName
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        // Asked for by name first, so that the server says it if there is none.
        _ = try await api.keyPair(key.name)
        guard let summary = try await api.keySummaries().first(where: { $0.name == key.name }) else {
            throw SloopError(.notFound, "no key pair '\(key.name)'", tip: "sloop key list")
        }
        try connection.show(summary) { style in
            var fields = FieldList()
            fields.add("key pair", summary.name)
            fields.add("fingerprint", summary.fingerprint)
            fields.add("created", Time.moment(summary.createdAt))
            fields.add("instances", summary.instances.joined(separator: "\n"))
            fields.add(
                "pending", summary.pending.map { "\($0.instance): \($0.reason ?? $0.status)" }.joined(separator: "\n"))
            return fields.text(style)
        }
    }
}
