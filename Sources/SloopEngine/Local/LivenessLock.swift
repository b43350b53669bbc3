import Foundation
import SloopModel

/// Says whether a machine runs: its sandbox holds the lock for as long as it lives, whoever else dies.
///
/// An "open file description" lock: the sandbox inherits it, the kernel drops it with the sandbox, and unlike
/// `flock` it can be asked about without taking it, so that asking can never look like running.
struct LivenessLock {
    /// To be handed to the sandbox.
    let descriptor: Descriptor

    /// Takes the lock; nil if a sandbox holds it.
    init?(taking path: String) throws {
        descriptor = try Descriptor(opening: path, O_RDWR | O_CREAT)
        var request = Self.wholeFile
        let answer = descriptor.use { fcntl($0, Self.set, &request) }
        if answer != 0 {
            guard errno == EAGAIN || errno == EACCES else { throw SloopError.system("lock \(path)") }
            return nil
        }
    }

    static func isHeld(_ path: String) throws -> Bool {
        let raw = open(path, O_RDWR | O_CLOEXEC)
        guard raw >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return false }
            throw SloopError.system("open \(path)")
        }
        var request = wholeFile
        guard Descriptor(adopting: raw).use({ fcntl($0, get, &request) }) == 0 else {
            throw SloopError.system("ask about the lock \(path)")
        }
        return request.l_type != Int16(F_UNLCK)
    }

    private static let get: Int32 = 36
    private static let set: Int32 = 37
    private static var wholeFile: flock {
        flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
    }
}
