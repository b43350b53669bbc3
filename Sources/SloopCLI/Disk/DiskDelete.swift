import ArgumentParser
import LightsailAPI

struct DiskDelete: Verb {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Deletes a disk, everything on it and its automatic snapshots; its billing ends.")

    @OptionGroup var disk: DiskName
    @OptionGroup var wait: WaitOption
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let started = try await api.call(Lightsail.DeleteDisk.self, .init(diskName: disk.name)).operations
        let operation = try await api.finish(started, of: disk.name, wait)
        try connection.show(operation) { _ in operation.text(done: "\(disk.name) is deleted") }
    }
}
