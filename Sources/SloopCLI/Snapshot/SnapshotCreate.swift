import ArgumentParser
import LightsailAPI

struct SnapshotCreate: Verb {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Takes a snapshot of an instance's own disk, or of a disk.",
        discussion:
            "Of what runs it is what a power cut would leave. Disks that are attached to an instance are not in "
            + "its snapshot: take theirs.")

    @OptionGroup var snapshot: SnapshotName

    @Option(help: ArgumentHelp("The instance that it is of.", valueName: "name"))
    var instance: String?

    @Option(help: ArgumentHelp("The disk that it is of.", valueName: "name"))
    var disk: String?

    @OptionGroup var wait: WaitOption
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard (instance == nil) != (disk == nil) else {
            throw ValidationError("Name either an --instance or a --disk.")
        }
    }

    func perform(_ api: APIClient) async throws {
        let started =
            if let instance {
                try await api.call(
                    Lightsail.CreateInstanceSnapshot.self,
                    .init(instanceSnapshotName: snapshot.name, instanceName: instance)
                ).operations
            } else {
                try await api.call(
                    Lightsail.CreateDiskSnapshot.self, .init(diskName: disk, diskSnapshotName: snapshot.name)
                ).operations
            }
        let operation = try await api.finish(started, of: snapshot.name, wait)
        try connection.show(operation) { _ in
            operation.text(
                done: "\(snapshot.name) is there; use it with 'sloop snapshot restore \(snapshot.name) NAME'")
        }
    }
}
