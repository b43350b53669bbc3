import ArgumentParser
import Foundation
import SloopCLI
import SloopModel
import SloopProvisioner

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Writes all that is recorded, and the key to its secrets, into one file.",
        discussion: """
            While the server runs, too: the file is the state of one moment. It is made with mode 0600, since whoever \
            reads it can log in to every machine. See docs/backup.md.
            """)

    @Argument(help: "The file to write; nothing may be there.", completion: .file())
    var file: String
    @Option(help: "The state folder, for when no server runs (default: that of 'sloop serve').")
    var state: String?
    @Option(help: ArgumentHelp("The socket of 'sloop serve' (or SLOOP_SOCKET).", valueName: "path"))
    var socket: String?
    @Option(name: .shortAndLong, help: "table for people, json for programs.")
    var output: OutputFormat = .table

    func run() async throws {
        let target = URL(filePath: file).absoluteURL.standardizedFileURL
        let folder = URL(filePath: state ?? SocketPath.standardState()).absoluteURL.standardizedFileURL
        let socket = socket ?? (state == nil ? SocketPath.standard() : folder.appending(path: "sloop.sock").path)
        if let written = try await ServerBackup.write(to: target.path, socket: socket) {
            return try written.show(as: output)
        }
        try ServerBackup.show(try BackupService.write(of: folder, to: target), at: target.path, as: output)
    }
}
