package import Foundation
import SloopModel

/// The folder that holds all that a Sloop knows; one server at a time owns it.
package final class StateFolder: Sendable {
    package let url: URL
    private let lock: Int32
    /// The file that is in the folder while a restore replaces its files.
    static let halfRestored = "restore.unfinished"

    /// Makes the folder, mode 0700, if it is not there, and takes it for this process.
    ///
    /// Throws `storage` if another server has it, if it cannot be written, or if others could change what is in it or
    /// read its key. A server that was killed holds nothing.
    ///
    /// - Parameter mayBeHalfRestored: whether a folder into which a restore was cut off is taken.
    package init(_ url: URL, mayBeHalfRestored: Bool = false) throws {
        self.url = url
        do {
            try FileManager.default.createDirectory(
                at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw SloopError(
                .storage, "the state folder \(url.path) cannot be made",
                tip: "name a folder that you may write: sloop serve --state DIR", cause: error)
        }
        try FilePermissions.check(folder: url.path)
        // A restore puts others in the place of those that are there.
        if !mayBeHalfRestored { try FilePermissions.check(filesIn: url.path) }
        let file = url.appending(path: "lock").path
        // CLOEXEC: a machine that outlives us must not hold our lock.
        let fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard fd >= 0 else {
            throw SloopError(
                .storage, "the state folder \(url.path) cannot be written: \(String(cString: strerror(errno)))",
                tip: "name a folder that you may write: sloop serve --state DIR")
        }
        guard flock(fd, LOCK_EX | LOCK_NB) == 0 else {
            let owner =
                (try? String(contentsOfFile: file, encoding: .utf8))?
                .trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
            close(fd)
            throw SloopError(
                .storage,
                "another sloop serves the state folder \(url.path)\(owner.isEmpty ? "" : " (process \(owner))")",
                tip: "stop that one first, or name another folder: sloop serve --state DIR")
        }
        guard mayBeHalfRestored || access(url.appending(path: StateFolder.halfRestored).path, F_OK) != 0 else {
            close(fd)
            throw SloopError(
                .storage, "a restore into \(url.path) was cut off",
                tip: "run it again: sloop restore FILE --state \(url.path) --force")
        }
        lock = fd
        let text = "\(getpid())\n"
        ftruncate(fd, 0)
        _ = text.withCString { pwrite(fd, $0, strlen($0), 0) }
    }

    deinit { close(lock) }

    /// Makes a folder inside, mode 0700, if it is not there.
    package func folder(_ name: String) throws -> URL {
        let inner = url.appending(path: name)
        try FileManager.default.createDirectory(
            at: inner, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return inner
    }
}
