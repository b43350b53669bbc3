import Foundation
import SloopModel

/// The programs that make a sandbox, and how this process may use them.
package struct SandboxTools: Sendable {
    let bwrap: String
    let sshd: String
    /// Only for root, who gives up all rights but one for the machine.
    let setpriv: String?
    /// What this version of sshd needs on its command line: seeing that an old key is refused must not be held against us.
    let sshdOptions: String

    /// Throws `notOffered` with the command that mends it if something is missing.
    init(isRoot: Bool = geteuid() == 0, search: [String] = SandboxTools.standardSearch) throws {
        func find(_ name: String, package: String) throws -> String {
            if let path = SandboxTools.find(name, in: search) { return path }
            throw SloopError(
                .notOffered, "the local engine needs \(name), which is not installed",
                tip: "install it: apt-get install \(package)")
        }
        bwrap = try find("bwrap", package: "bubblewrap")
        sshd = try find("sshd", package: "openssh-server")
        setpriv = isRoot ? try find("setpriv", package: "util-linux") : nil
        let penalties = "PerSourcePenalties=no"
        sshdOptions = SandboxTools.succeeds([sshd, "-G", "-f", "/dev/null", "-o", penalties]) ? "-o \(penalties)" : ""
        guard ProcessHandle.isOffered else {
            throw SloopError(
                .notOffered, "the local engine needs Linux 5.4 with glibc 2.36", tip: "use Debian 12 or later")
        }
    }

    /// The folders that programs are looked for in.
    package static let standardSearch = ["/usr/bin", "/usr/sbin", "/bin", "/sbin"]

    /// The path of the program; nil if it is in none of the folders.
    static func find(_ name: String, in search: [String]) -> String? {
        search.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    /// Whether the program ends with exit code 0. Its output is lost.
    static func succeeds(_ words: [String]) -> Bool {
        guard let nothing = try? Descriptor(opening: "/dev/null", O_RDWR),
            let pid = try? Spawn.detached(words, descriptors: [nothing, nothing, nothing])
        else { return false }
        var status: Int32 = 0
        return waitpid(pid, &status, 0) == pid && status == 0
    }

    /// The user that a machine's processes are outside of its sandbox: for root a user that nobody else is, one for
    /// each address.
    func uid(for place: MachinePlace) -> uid_t {
        guard setpriv != nil else { return geteuid() }
        let parts = place.address.split(separator: ".").compactMap { UInt32($0) }
        return 700_000 + parts.dropFirst().reduce(0) { $0 << 8 | $1 }
    }
}
