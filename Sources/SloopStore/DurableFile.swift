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

    /// Syncs what was written to the file by others.
    static func sync(file: String) throws {
        let fd = open(file, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { throw failure("open", file) }
        defer { close(fd) }
        guard fsync(fd) == 0 else { throw failure("sync", file) }
    }

    /// Makes an empty file that only its owner can read. Throws if something has its name.
    static func makeEmpty(_ path: String) throws {
        let fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard fd >= 0 else { throw failure("create", path) }
        close(fd)
    }

    /// Renames, and syncs both folders.
    static func move(_ path: String, to other: String) throws {
        guard rename(path, other) == 0 else { throw failure("move", path) }
        try sync(folder: (path as NSString).deletingLastPathComponent)
        try sync(folder: (other as NSString).deletingLastPathComponent)
    }

    /// Gives a finished file another name, and syncs it. Throws if something has that name.
    static func publish(_ path: String, as name: String) throws {
        try sync(file: path)
        guard link(path, name) == 0 else { throw failure("create", name) }
        unlink(path)
        try sync(folder: (name as NSString).deletingLastPathComponent)
    }

    private static func failure(_ verb: String, _ path: String) -> SloopError {
        SloopError(
            .storage, "cannot \(verb) \(path): \(String(cString: strerror(errno)))",
            tip: "check the disk, and the owner and mode of the folder")
    }
}
