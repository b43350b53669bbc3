import ArgumentParser
import LightsailAPI

struct DiskDetach: Verb {
    static let configuration = CommandConfiguration(
        commandName: "detach", abstract: "Takes a disk from its instance, which must be stopped.")

    @OptionGroup var disk: DiskName
    @OptionGroup var wait: WaitOption
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let started = try await api.call(Lightsail.DetachDisk.self, .init(diskName: disk.name)).operations
        let operation = try await api.finish(started, of: disk.name, wait)
        try connection.show(operation) { _ in operation.text(done: "\(disk.name) is detached") }
    }
}
