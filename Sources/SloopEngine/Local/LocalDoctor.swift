import Foundation
package import SloopModel

/// Finds out what the local engine lacks on this computer; changes nothing.
package struct LocalDoctor: Sendable {
    let search: [String]

    /// - Parameter search: the folders that programs are looked for in.
    package init(search: [String] = SandboxTools.standardSearch) { self.search = search }

    package func examine() -> EngineHealth {
        let bwrap = SandboxTools.find("bwrap", in: search)
        let sshd = SandboxTools.find("sshd", in: search)
        var checks = [
            program("bwrap", bwrap, package: "bubblewrap"), program("sshd", sshd, package: "openssh-server"),
        ]
        if geteuid() == 0 {
            checks.append(program("setpriv", SandboxTools.find("setpriv", in: search), package: "util-linux"))
        }
        if let bwrap { checks.append(sandbox(bwrap)) }
        checks.append(
            ProcessHandle.isOffered
                ? .init("kernel", .ok, detail: "has what is needed")
                : .init(
                    "kernel", .missing, detail: "Linux 5.4 with glibc 2.36 is needed", mend: "apt-get full-upgrade"))
        return EngineHealth(engine: "local", checks: checks)
    }

    private func program(_ name: String, _ path: String?, package: String) -> EngineHealth.Check {
        guard let path else {
            return .init(name, .missing, detail: "not installed", mend: "apt-get install \(package)")
        }
        return .init(name, .ok, detail: path)
    }

    /// Some systems have the program and forbid what it does.
    private func sandbox(_ bwrap: String) -> EngineHealth.Check {
        let words = ["--unshare-pid", "--unshare-uts", "--unshare-ipc", "--ro-bind", "/", "/", "/bin/true"]
        guard SandboxTools.succeeds([bwrap] + (geteuid() == 0 ? [] : ["--unshare-user"]) + words) else {
            return .init(
                "sandbox", .missing, detail: "bwrap may not make one",
                mend: "sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000")
        }
        return .init("sandbox", .ok, detail: "can be made")
    }
}
