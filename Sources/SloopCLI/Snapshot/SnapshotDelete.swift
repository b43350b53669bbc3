import ArgumentParser
import LightsailAPI

struct SnapshotDelete: Verb {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Deletes a snapshot; what was made of it stays, and its billing ends.")

    @OptionGroup var snapshot: SnapshotName
    @OptionGroup var wait: WaitOption
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let name = snapshot.name
        let started =
            try await api.snapshot(name).sourceType == "Instance"
            ? api.call(Lightsail.DeleteInstanceSnapshot.self, .init(instanceSnapshotName: name)).operations
            : api.call(Lightsail.DeleteDiskSnapshot.self, .init(diskSnapshotName: name)).operations
        let operation = try await api.finish(started, of: name, wait)
        try connection.show(operation) { _ in operation.text(done: "\(name) is deleted") }
    }
}
