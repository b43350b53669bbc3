package import Foundation
import SloopModel

/// Files that are whole and on disk, or not there.
package enum DurableFile {
    /// Writes beside the file, syncs, renames, and syncs the folder.
    package static func write(_ data: Data, to path: String, mode: mode_t) throws {
        let folder = (path as NSString).deletingLastPathComponent
        let temporary = path + ".new"
        let fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard fd >= 0 else { throw failure("create", temporary) }
        defer { close(fd) }
        try data.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = Foundation.write(fd, bytes.baseAddress! + done, bytes.count - done)
                guard count > 0 else { throw failure("write", temporary) }
                done += count
            }
        }
        guard fsync(fd) == 0 else { throw failure("sync", temporary) }
        guard rename(temporary, path) == 0 else { throw failure("replace", path) }
        try sync(folder: folder)
    }

    static func sync(folder: String) throws {
        let fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard fd >= 0 else { throw failure("open", folder) }
        defer { close(fd) }
        guard fsync(fd) == 0 else { throw failure("sync", folder) }
    }

    private static func failure(_ verb: String, _ path: String) -> SloopError {
        SloopError(
            .storage, "cannot \(verb) \(path): \(String(cString: strerror(errno)))",
            tip: "check the disk, and the owner and mode of the folder")
    }
}
