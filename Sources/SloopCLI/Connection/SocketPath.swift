import Foundation
import Glibc

/// Where the state of `sloop serve`, and its socket, are when nobody says.
package enum SocketPath {
    /// `SLOOP_SOCKET`, else `sloop.sock` in the state folder.
    package static func standard(
        environment: [String: String] = ProcessInfo.processInfo.environment, isRoot: Bool = geteuid() == 0
    ) -> String {
        if let path = value("SLOOP_SOCKET", environment) { return path }
        return standardState(environment: environment, isRoot: isRoot) + "/sloop.sock"
    }

    /// `/var/lib/sloop` for root, else `sloop` in `XDG_STATE_HOME` or in `~/.local/state`.
    package static func standardState(
        environment: [String: String] = ProcessInfo.processInfo.environment, isRoot: Bool = geteuid() == 0
    ) -> String {
        if isRoot { return "/var/lib/sloop" }
        let home = value("HOME", environment) ?? FileManager.default.homeDirectoryForCurrentUser.path
        return (value("XDG_STATE_HOME", environment) ?? "\(home)/.local/state") + "/sloop"
    }

    private static func value(_ name: String, _ environment: [String: String]) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
