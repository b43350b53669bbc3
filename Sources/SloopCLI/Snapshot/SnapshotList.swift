import ArgumentParser
import LightsailAPI

struct SnapshotList: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the snapshots; with --of, the automatic ones of an instance or disk.")

    @Option(help: ArgumentHelp("The instance or disk whose automatic snapshots to list.", valueName: "name"))
    var of: String?

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let snapshots = if let of { try await automatic(of, api) } else { try await named(api) }
        try connection.show(snapshots) { style in
            var table = Table([
                of == nil ? "NAME" : "DAY", .state("STATE"), "OF", "SOURCE", .number("GB"), .number("AGE"),
            ])
            table.rows = snapshots.map { snapshot in
                [
                    snapshot.name ?? snapshot.day ?? "", snapshot.state, snapshot.sourceType.lowercased(),
                    snapshot.source, snapshot.sizeGB.map(String.init) ?? "",
                    Time.age(of: snapshot.createdAt),
                ]
            }
            return table.text(style)
        }
    }

    private func named(_ api: APIClient) async throws -> [SnapshotSummary] {
        let instances = try await api.pages { token in
            let page = try await api.call(Lightsail.GetInstanceSnapshots.self, .init(pageToken: token))
            return (page.instanceSnapshots, page.nextPageToken)
        }
        let disks = try await api.pages { token in
            let page = try await api.call(Lightsail.GetDiskSnapshots.self, .init(pageToken: token))
            return (page.diskSnapshots, page.nextPageToken)
        }
        return instances.map { SnapshotSummary($0) } + disks.map { SnapshotSummary($0) }
    }

    private func automatic(_ source: String, _ api: APIClient) async throws -> [SnapshotSummary] {
        let answer = try await api.call(Lightsail.GetAutoSnapshots.self, .init(resourceName: source))
        return (answer.autoSnapshots ?? []).map { .init($0, of: source, answer.resourceType ?? "") }
    }
}
