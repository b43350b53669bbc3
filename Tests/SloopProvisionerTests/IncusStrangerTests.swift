import Foundation
import Logging
import SloopCatalog
import SloopEngine
import SloopModel
import SloopSSH
import SloopStore
import Testing

@testable import SloopProvisioner

/// What else is on the Incus that Sloop uses is as if Sloop were not there.
@Suite(
    .serialized,
    .enabled(
        if: IncusServer.standard.isThere && geteuid() == 0,
        "no Incus for Sloop on this machine; set it up as root: scripts/install-incus"))
struct IncusStrangerTests {
    @discardableResult
    private func incus(_ words: String..., isOptional: Bool = false) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/incus")
        process.arguments = words
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = isOptional ? FileHandle.nullDevice : nil
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(isOptional || process.terminationStatus == 0, "incus \(words.joined(separator: " ")): \(text)")
        return text
    }

    /// An address that Sloop could give, and that has no forward.
    private func freeAddress() throws -> String {
        let range = try incus("network", "get", "sloopbr0", "user.sloop.public").trimmingCharacters(in: .newlines)
        let parts = range.prefix { $0 != "/" }.split(separator: ".").compactMap { Int($0) }
        try #require(parts.count == 4, "\(range)")
        let used = try incus("query", "/1.0/networks/sloopbr0/forwards")
        for last in (2..<250).reversed() {
            let address = "\(parts[0]).\(parts[1]).\(parts[2] + 2).\(last)"
            if !used.contains("/\(address)\"") { return address }
        }
        throw SloopError(.operationFailed, "no address is free")
    }

    @Test func foreignObjectsAreNeverTouchedNorCountedWhileOurOwnLeftoversGo() async throws {
        let tag = UUID().uuidString.lowercased().prefix(8)
        let folder = URL(filePath: "/tmp/sloop-stranger-\(tag)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try Store(folder: folder, vault: Vault(folder: folder))
        let installation = try await Provisioner.installation(store)
        let (look, other, ours) = (InstanceID(), InstanceID(), InstanceID())
        let (volume, address) = (VolumeID(), try freeAddress())

        // Things of somebody else: some with names like ours, some of another Sloop, and copies that bear our marks.
        let machines = ["foreign-\(tag)", "sloop-\(look)", "sloop-snapshot-\(look)", "sloop-\(other)", "copy-\(tag)"]
        let volumes = ["foreign-\(tag)", "sloop-\(volume)", "copy-\(tag)"]
        let image = "foreign-\(tag)"
        func cleanUp() throws {
            for one in machines + ["sloop-\(ours)"] { try incus("delete", "--force", one, isOptional: true) }
            for one in volumes { try incus("storage", "volume", "delete", "sloop", one, isOptional: true) }
            try incus("network", "forward", "delete", "sloopbr0", address, isOptional: true)
            try incus("image", "delete", image, isOptional: true)
        }
        defer { try? cleanUp() }
        for one in machines { try incus("init", "--empty", one, "--no-profiles", "--storage", "sloop") }
        try incus(
            "config", "set", "sloop-\(other)", "user.sloop.installation=another", "user.sloop.instance=\(other)")
        try incus(
            "config", "set", "copy-\(tag)", "user.sloop.installation=\(installation)", "user.sloop.instance=\(ours)")
        for one in volumes { try incus("storage", "volume", "create", "sloop", one) }
        try incus(
            "storage", "volume", "set", "sloop", "copy-\(tag)", "user.sloop.installation=\(installation)",
            "user.sloop.volume=\(volume)")
        try incus("network", "forward", "create", "sloopbr0", address)
        try incus("publish", "foreign-\(tag)", "--alias", image)
        func picture() throws -> [String] {
            try machines.map { try incus("query", "/1.0/instances/\($0)") }
                + volumes.map { try incus("query", "/1.0/storage-pools/sloop/volumes/custom/\($0)") }
                + [
                    try incus("query", "/1.0/networks/sloopbr0/forwards/\(address)"),
                    try incus("image", "info", image).split(separator: "\n").filter { !$0.contains("Last used") }
                        .joined(separator: "\n"),
                ]
        }
        let before = try picture()

        // And one of ours that has lost its row, which goes: so it was looked.
        try incus("init", "--empty", "sloop-\(ours)", "--no-profiles", "--storage", "sloop")
        try incus(
            "config", "set", "sloop-\(ours)", "user.sloop.installation=\(installation)", "user.sloop.instance=\(ours)")
        let engine = try await IncusEngine(.standard, installation: installation)
        let logs = folder.appending(path: "launch")
        let world = World(store: store, engine: engine, logs: logs)
        let provisioner = Provisioner(
            world: world, catalog: try .load(Rig.repository), grace: .zero,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await provisioner.prepare()
        try await store.of(.default).write { tables in
            let operation = SloopModel.Operation(
                id: OperationID(), account: .default, kind: "create-instance", resourceName: "web",
                resourceType: "Instance", status: .failed, createdAt: world.now(), changedAt: world.now())
            try tables.accept(operation, parameters: "{\"instance\":\"\(ours)\"}", locks: [])
            try tables.giveUp(operation.id, why: "it was undone", at: world.now())
        }
        #expect(try await engine.list() == [ours: .stopped])
        for _ in 0..<3 { await provisioner.reconcile() }
        #expect(try await engine.list().isEmpty)
        #expect(try await engine.volumes?.list().isEmpty == true)
        #expect(try incus("list", "-f", "csv", "-c", "n").contains("sloop-\(ours)\n") == false)
        #expect(await provisioner.unclaimed().isEmpty)
        #expect(try picture() == before)

        // What has the name that one of ours would have is in the way, and stays.
        let volumeError = await #expect(throws: SloopError.self) { try await engine.volumes?.create(volume, sizeGB: 8) }
        #expect(volumeError?.code == .nameExists)
        try await engine.delete(look)
        try await engine.snapshots?.delete(SnapshotID(look.value))
        try await engine.volumes?.delete(volume)
        #expect(try picture() == before)
        await provisioner.stop()
        try store.close()
    }
}
