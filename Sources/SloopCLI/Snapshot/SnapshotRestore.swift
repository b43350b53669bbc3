import ArgumentParser
import LightsailAPI

struct SnapshotRestore: Verb {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Makes a new instance, or a new disk, of a snapshot.",
        discussion:
            "An instance has the key of its key pair as it is today; keys that were rotated away since are taken "
            + "out, and lines that were written by hand stay.")

    @OptionGroup var snapshot: SnapshotName

    @Argument(help: "The name of the new instance or disk.")
    var new: String

    @Option(help: "The new instance's size and price; that of the source if it is left out.")
    var plan: String?

    @Option(help: "The key pair that may log in; that of the source if it is left out.")
    var key: String?

    @Option(help: ArgumentHelp("The new disk's size; that of the source if it is left out.", valueName: "GB"))
    var size: Int?

    @OptionGroup var wait: WaitOption
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let source = try await api.snapshot(snapshot.name)
        let started: [Lightsail.OperationRecord]?
        if source.sourceType == "Instance" {
            try refuse(size, "--size", "it is of an instance")
            started = try await api.call(
                Lightsail.CreateInstancesFromSnapshot.self,
                .init(
                    instanceNames: [new], availabilityZone: "any", instanceSnapshotName: snapshot.name,
                    bundleId: plan ?? source.plan, keyPairName: key)
            ).operations
        } else {
            try refuse(plan, "--plan", "it is of a disk")
            try refuse(key, "--key", "it is of a disk")
            started = try await api.call(
                Lightsail.CreateDiskFromSnapshot.self,
                .init(
                    diskName: new, diskSnapshotName: snapshot.name, availabilityZone: "any",
                    sizeInGb: size ?? source.sizeGB)
            ).operations
        }
        let operation = try await api.finish(started, of: new, wait)
        try connection.show(operation) { _ in operation.text(done: "\(new) is made of \(snapshot.name)") }
    }

    private func refuse(_ value: Any?, _ option: String, _ why: String) throws {
        guard value != nil else { return }
        throw ValidationError("\(option) is not for the snapshot '\(snapshot.name)': \(why).")
    }
}
