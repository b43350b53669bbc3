import ArgumentParser
import Foundation
import LightsailAPI
import SloopModel

struct SnapshotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "What instances and disks held at one moment.",
        subcommands: [SnapshotCreate.self, SnapshotList.self, SnapshotRestore.self, SnapshotDelete.self])
}

/// The name of the snapshot that a verb works on.
struct SnapshotName: ParsableArguments {
    @Argument(help: "The snapshot's name.")
    var name: String
}

/// A snapshot of an instance or of a disk, as the commands show it.
struct SnapshotSummary: Encodable {
    /// Nil for an automatic one.
    let name: String?
    /// `Instance` or `Disk`, and its name.
    let sourceType: String
    let source: String
    let state: String
    let sizeGB: Int?
    /// The plan of the instance that it is of.
    let plan: String?
    /// The day of an automatic one.
    let day: String?
    let createdAt: Date?

    init(_ snapshot: Lightsail.InstanceSnapshot) {
        name = snapshot.name
        sourceType = "Instance"
        source = snapshot.fromInstanceName ?? ""
        state = snapshot.state ?? ""
        sizeGB = snapshot.sizeInGb
        plan = snapshot.fromBundleId
        day = nil
        createdAt = snapshot.createdAt
    }

    init(_ snapshot: Lightsail.DiskSnapshot) {
        name = snapshot.name
        sourceType = "Disk"
        source = snapshot.fromDiskName ?? ""
        state = snapshot.state ?? ""
        sizeGB = snapshot.sizeInGb
        plan = nil
        day = nil
        createdAt = snapshot.createdAt
    }

    init(_ snapshot: Lightsail.AutoSnapshotDetails, of source: String, _ type: String) {
        name = nil
        sourceType = type
        self.source = source
        state = snapshot.status ?? ""
        sizeGB = nil
        plan = nil
        day = snapshot.date
        createdAt = snapshot.createdAt
    }
}

extension APIClient {
    /// The snapshot of that name, whatever it is of.
    func snapshot(_ name: String) async throws -> SnapshotSummary {
        do {
            let answer = try await call(Lightsail.GetInstanceSnapshot.self, .init(instanceSnapshotName: name))
            if let found = answer.instanceSnapshot { return SnapshotSummary(found) }
        } catch let error as SloopError where error.code == .notFound {}
        do {
            let answer = try await call(Lightsail.GetDiskSnapshot.self, .init(diskSnapshotName: name))
            if let found = answer.diskSnapshot { return SnapshotSummary(found) }
        } catch let error as SloopError where error.code == .notFound {}
        throw SloopError(.notFound, "no snapshot is named '\(name)'", tip: "see them with: sloop snapshot list")
    }
}
