import ArgumentParser
import LightsailAPI

struct DiskCreate: Verb {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Makes an empty disk; it is billed from now on, attached or not.",
        discussion: "For one with what a snapshot has, see 'sloop snapshot restore'.")

    @OptionGroup var disk: DiskName

    @Option(help: ArgumentHelp("Its size: 8 to 16384.", valueName: "GB"))
    var size: Int

    @Option(name: .customLong("tag"), parsing: .singleValue, help: ArgumentHelp("A tag.", valueName: "key=value"))
    var tags: [Tag] = []

    @OptionGroup var wait: WaitOption
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let input = Lightsail.CreateDisk.Input(
            diskName: disk.name, availabilityZone: "any", sizeInGb: size, tags: tags.isEmpty ? nil : tags.map(\.shape))
        let started = try await api.call(Lightsail.CreateDisk.self, input).operations
        let operation = try await api.finish(started, of: disk.name, wait)
        try connection.show(operation) { _ in
            operation.text(done: "\(disk.name) is there; use it with 'sloop disk attach \(disk.name) INSTANCE'")
        }
    }
}
