import Foundation

/// Where an Incus is: the daemon of this computer, by its Unix socket.
package struct IncusServer: Sendable {
    let path: String

    package init(path: String) { self.path = path }

    /// The socket where Debian's package puts it.
    package static let standard = IncusServer(path: "/var/lib/incus/unix.socket")

    /// Whether this user could talk to it.
    package var isThere: Bool { access(path, R_OK | W_OK) == 0 }
}
