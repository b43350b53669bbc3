import ArgumentParser
import Foundation
import SloopCLI
import SloopModel
import SloopProvisioner

struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Puts a backup into a state folder that no server uses.",
        discussion: """
            The file is verified before anything is replaced. No machine is made, changed or deleted: the server that is \
            started next finds those that exist, and leaves those alone that were made after the backup. See docs/backup.md.
            """)

    @Argument(help: "What 'sloop backup' wrote.", completion: .file())
    var file: String
    @Option(help: "The state folder; it is made if it is not there.")
    var state: String
    @Flag(help: "Move the database and the key that are there aside, into a folder inside.")
    var force = false

    func run() throws {
        let folder = URL(filePath: state).absoluteURL.standardizedFileURL
        let (backup, aside) = try BackupService.restore(
            URL(filePath: file).absoluteURL.standardizedFileURL, to: folder, movingAside: force)
        var lines = [
            "restored \(backup.instances) instances and \(backup.keyPairs) key pairs, as of "
                + "\(backup.createdAt.formatted(.iso8601)), to \(folder.path)"
        ]
        if let aside { lines.append("what was there is in \(aside.path)") }
        lines.append("start it: sloop serve --state \(folder.path); then see: sloop status, sloop instance list")
        FileHandle.standardOutput.write(Data((lines.joined(separator: "\n") + "\n").utf8))
    }
}
