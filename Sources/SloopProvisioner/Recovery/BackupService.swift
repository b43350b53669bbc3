package import Foundation
package import SloopModel
import SloopStore

/// Backups of the state folder: of a server's that runs, and of one that is down.
package enum BackupService {
    /// Of a folder that no server uses. Throws `storage` if one does.
    package static func write(of state: URL, to file: URL) throws -> BackupContents {
        // StateFolder would make it.
        guard access(state.path, F_OK) == 0 else {
            throw SloopError(
                .notFound, "there is no state folder \(state.path)",
                tip: "name it: sloop backup FILE --state DIR, or start the server")
        }
        let folder = try StateFolder(state)
        defer { withExtendedLifetime(folder) {} }
        return try Backup.write(of: state, to: file, at: World.clock())
    }

    /// Throws before anything is changed if the file or the folder is not fit for it.
    package static func restore(_ file: URL, to state: URL, movingAside: Bool) throws -> (
        backup: BackupContents, aside: URL?
    ) {
        try Backup.restore(file, to: state, movingAside: movingAside, at: World.clock())
    }
}

extension Provisioner {
    /// Of the store that this server works with, while it does. The path is absolute.
    package func backup(to path: String) async throws -> BackupContents {
        guard path.hasPrefix("/") else {
            throw SloopError(.invalidInput, "'\(path.prefix(80))' is no absolute path", tip: "name the file from / on")
        }
        return try await world.store.backup(to: URL(filePath: path), at: world.now())
    }
}
