import ArgumentParser
import LightsailAPI
import SloopModel

struct DiskAttach: Verb {
    static let configuration = CommandConfiguration(
        commandName: "attach", abstract: "Gives a disk to an instance, which sees it as the folder /mnt/DISK.",
        discussion: "The instance may run. Root writes to the folder; whom else it lets in is the folder's mode.")

    @OptionGroup var disk: DiskName

    @Argument(help: "The instance's name.")
    var instance: String

    @Option(help: "The device that clients of Lightsail see; the first free one if it is left out.")
    var path: String?

    @OptionGroup var wait: WaitOption
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let path = if let path { path } else { try await freePath(api) }
        let started = try await api.call(
            Lightsail.AttachDisk.self, .init(diskName: disk.name, instanceName: instance, diskPath: path)
        ).operations
        let operation = try await api.finish(started, of: disk.name, wait)
        try connection.show(operation) { _ in
            operation.text(done: "\(disk.name) is /mnt/\(disk.name) in \(instance)")
        }
    }

    private func freePath(_ api: APIClient) async throws -> String {
        let answer = try await api.call(Lightsail.GetInstance.self, .init(instanceName: instance))
        let taken = Set((answer.instance?.hardware?.disks ?? []).compactMap(\.path))
        let all = "fghijklmnopqrstuvwxyz".map { "/dev/xvd\($0)" }
        guard let free = all.first(where: { !taken.contains($0) }) else {
            throw SloopError(
                .invalidInput, "'\(instance)' has no free device for '\(disk.name)'", tip: "name one with --path")
        }
        return free
    }
}
