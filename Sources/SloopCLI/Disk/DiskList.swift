import ArgumentParser
import LightsailAPI

struct DiskList: Verb {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the disks.")

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let disks = try await api.pages { token in
            let page = try await api.call(Lightsail.GetDisks.self, .init(pageToken: token))
            return (page.disks, page.nextPageToken)
        }
        try connection.show(disks) { style in
            var table = Table([
                "NAME", .state("STATE"), .number("GB"), "INSTANCE", "FOLDER", .number("AGE"),
            ])
            table.rows = disks.map { disk in
                [
                    disk.name ?? "", disk.state ?? "", disk.sizeInGb.map(String.init) ?? "", disk.attachedTo ?? "",
                    disk.attachedTo == nil ? "" : disk.folder, Time.age(of: disk.createdAt),
                ]
            }
            return table.text(style)
        }
    }
}
