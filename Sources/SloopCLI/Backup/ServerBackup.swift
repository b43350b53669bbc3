import LightsailAPI
package import SloopModel

/// A backup by the server that runs.
package struct ServerBackup: Sendable {
    /// Has the server that answers at the socket write it; nil if none answers there.
    package static func write(to path: String, socket: String) async throws -> ServerBackup? {
        let api = APIClient(path: socket)
        do {
            try await api.reach()
        } catch let failure as CommandFailure where failure.status == .noServer && failure.error.code == .unreachable {
            return nil
        }
        let answer: Result<SloopAPI.WriteBackup.Output, any Error>
        do { answer = .success(try await api.call(SloopAPI.WriteBackup.self, .init(path: path))) } catch {
            answer = .failure(error)
        }
        await api.close()
        return ServerBackup(output: try answer.get())
    }

    private let output: SloopAPI.WriteBackup.Output

    /// Prints what was written, and what must be known of it.
    package func show(as format: OutputFormat) throws { try Self.show(output, as: format) }

    /// The same of one that was written without a server.
    package static func show(_ contents: BackupContents, at path: String, as format: OutputFormat) throws {
        try show(
            .init(
                path: path, bytes: contents.bytes, instances: contents.instances, keyPairs: contents.keyPairs,
                secrets: contents.secrets), as: format)
    }

    private static func show(_ backup: SloopAPI.WriteBackup.Output, as format: OutputFormat) throws {
        let terminal = Terminal.current
        if format == .json { return terminal.print(try JSONDocument.text(backup)) }
        let has = "\(backup.instances) instances, \(backup.keyPairs) key pairs, \(backup.secrets) secrets"
        terminal.print("\(backup.path): \(has), \((backup.bytes + 1023) / 1024) KiB")
        terminal.note(
            "the key to the secrets is in the file (mode 0600): who can read it can log in to every machine.\n"
                + "Disks and files of machines, images and outputs of launch scripts are not in it.")
    }
}
