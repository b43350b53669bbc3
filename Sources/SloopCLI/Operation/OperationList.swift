import ArgumentParser
import LightsailAPI

struct OperationList: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists operations, the newest first.")

    @Option(help: ArgumentHelp("Only those of this resource.", valueName: "name"))
    var resource: String?

    @Option(help: "At most so many.")
    var limit = 50

    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit is at least 1") }
    }

    func perform(_ api: APIClient) async throws {
        let operations = try await api.call(
            SloopAPI.ListOperations.self, .init(resourceName: resource, limit: limit)
        ).operations
        try connection.show(operations) { style in
            var table = Table(["OPERATION", "KIND", "RESOURCE", .state("STATUS"), "PHASE", .number("AGE"), "ERROR"])
            table.rows = operations.map {
                [
                    $0.id, $0.kind, $0.resourceName, $0.status, $0.phase ?? "", Time.age(of: $0.createdAt),
                    $0.errorLine,
                ]
            }
            return table.text(style)
        }
    }
}

extension SloopAPI.OperationDetails {
    /// As much of the error as a row has room for; all of it is in the JSON.
    fileprivate var errorLine: String {
        guard let error, let line = error.split(whereSeparator: \.isNewline).first else { return "" }
        return line.count < error.count ? "\(line) …" : error
    }
}
