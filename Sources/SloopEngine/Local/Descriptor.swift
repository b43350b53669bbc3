import Foundation
import SloopModel

/// An open file descriptor that is closed with its last owner. Always close-on-exec: a sandbox gets what it is
/// given, never what the daemon happens to have open.
final class Descriptor: Sendable {
    private let raw: Int32

    init(adopting raw: Int32) { self.raw = raw }

    convenience init(opening path: String, _ flags: Int32, mode: mode_t = 0o600) throws {
        let raw = open(path, flags | O_CLOEXEC, mode)
        guard raw >= 0 else { throw SloopError.system("open \(path)") }
        self.init(adopting: raw)
    }

    deinit { _ = close(raw) }

    func use<Result>(_ body: (Int32) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) { try body(raw) }
    }

    func sync() throws {
        guard use(fsync) == 0 else { throw SloopError.system("write to disk") }
    }

    /// Waits until one of the descriptors can be read, and says which; nil when the time is over.
    static func firstReadable(_ descriptors: [Descriptor], milliseconds: Int32) -> Int? {
        withExtendedLifetime(descriptors) {
            var polled = descriptors.map { pollfd(fd: $0.raw, events: Int16(POLLIN), revents: 0) }
            let deadline = ContinuousClock.now + .milliseconds(Int(milliseconds))
            while true {
                let left = (deadline - .now) / .milliseconds(1)
                let answer = poll(&polled, nfds_t(polled.count), Int32(max(0, left.rounded(.up))))
                if answer < 0 && errno == EINTR { continue }
                return answer > 0 ? polled.firstIndex { $0.revents != 0 } : nil
            }
        }
    }
}

extension SloopError {
    /// The failure of the system call just made, which `errno` explains.
    static func system(_ what: String, tip: String = "") -> SloopError {
        let number = errno
        let noRoom = number == ENOSPC || number == EDQUOT
        return SloopError(
            .operationFailed, "could not \(what): \(String(cString: strerror(number)))",
            tip: noRoom ? "make room on the disk and try again" : tip)
    }
}
