import ArgumentParser
import LightsailAPI

struct DiskShow: Verb {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows a disk.")

    @OptionGroup var disk: DiskName
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let details = try await api.disk(disk.name)
        try connection.show(details) { style in
            var fields = FieldList()
            fields.add("disk", details.name)
            fields.add("state", details.state, isState: true)
            fields.add("size", details.sizeInGb.map { "\($0) GB" })
            fields.add("instance", details.attachedTo)
            if details.attachedTo != nil {
                fields.add("folder", details.folder)
                fields.add("device", details.path)
            }
            for addOn in details.addOns ?? [] {
                fields.add("snapshots", "daily at \(addOn.snapshotTimeOfDay ?? "") UTC: \(addOn.status ?? "")")
            }
            fields.add(
                "tags",
                (details.tags ?? []).map { tag in
                    (tag.key ?? "") + (tag.value.map { $0.isEmpty ? "" : "=\($0)" } ?? "")
                }.joined(separator: " "))
            fields.add("created", Time.moment(details.createdAt))
            return fields.text(style)
        }
    }
}

extension APIClient {
    /// The disk of that name.
    func disk(_ name: String) async throws -> Lightsail.Disk {
        try await call(Lightsail.GetDisk.self, .init(diskName: name)).disk ?? .init(name: name)
    }
}
