import Foundation
import SloopModel

/// Tells when sshd listens: it writes its pid file right after that.
struct ListeningWatch {
    /// Can be read once the pid file was written.
    let written: Descriptor

    /// - Parameter folder: where the pid file will be; nothing else is written there.
    init(folder: String) throws {
        let raw = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard raw >= 0 else {
            throw SloopError.system("watch \(folder)", tip: "raise the sysctl fs.inotify.max_user_instances")
        }
        written = Descriptor(adopting: raw)
        guard written.use({ inotify_add_watch($0, folder, UInt32(IN_CLOSE_WRITE)) }) >= 0 else {
            throw SloopError.system("watch \(folder)", tip: "raise the sysctl fs.inotify.max_user_watches")
        }
    }
}
