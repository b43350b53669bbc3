import Foundation
import SloopModel

/// A machine's processes: bubblewrap, sshd and what runs under it. They hold the machine's lock as long as they live.
struct Sandbox {
    private let machine: MachineFolder
    private let tools: SandboxTools
    /// Milliseconds that sshd may take until it listens, and a sandbox until all in it is gone.
    private static let patience: Int32 = 20_000

    init(_ machine: MachineFolder, tools: SandboxTools) {
        self.machine = machine
        self.tools = tools
    }

    /// Returns when sshd listens; a sandbox that runs is left as it is.
    ///
    /// Throws `operationFailed` with the end of the log if sshd gives up, and leaves nothing running.
    func start() throws {
        try refuseOtherUser()
        guard let lock = try LivenessLock(taking: machine.path + "/lock") else { return }
        let log = try Descriptor(opening: machine.path + "/log", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND)
        let nothing = try Descriptor(opening: "/dev/null", O_RDONLY)
        let watch = try ListeningWatch(folder: machine.path + "/run")
        let pid = try Spawn.detached(arguments, descriptors: [nothing, log, log, lock.descriptor])
        guard let process = ProcessHandle(pid) else {
            waitpid(pid, nil, 0)
            throw failure("ended at once")
        }
        switch Descriptor.firstReadable([watch.written, process.ended], milliseconds: Sandbox.patience) {
        case 0:
            process.reapLater()
        case 1:
            waitpid(pid, nil, 0)
            throw failure("ended")
        default:
            process.reapLater()
            try Sandbox.end(machine.path)
            throw failure("did not come up in time")
        }
    }

    /// Its files belong to who made it: nobody else's sshd would accept them.
    private func refuseOtherUser() throws {
        let owner = machine.settings.owner
        let me = geteuid()
        guard owner.isServer ? me != owner.uid : me != 0 else { return }
        let name = owner.isServer ? "the user with the id \(owner.uid)" : "root"
        throw SloopError(
            .operationFailed, "'\(machine.settings.hostName)' was made by a server that ran as \(name)",
            tip: "run sloop serve as that user again")
    }

    func stop() throws { try Sandbox.end(machine.path) }

    /// Ends all processes of the machine in that folder, and waits until they are gone.
    static func end(_ path: String) throws {
        let lock = path + "/lock"
        // Who has the lock is asked of the kernel each time: a pid that was written down may be another's by now.
        for _ in 0..<5 {
            guard try LivenessLock.isHeld(lock) else { return }
            let holders = holders(of: lock)
            for holder in holders { holder.kill() }
            for holder in holders { _ = holder.waitForEnd(milliseconds: patience) }
        }
        guard try LivenessLock.isHeld(lock) else { return }
        throw SloopError(
            .operationFailed, "the sandbox in \(path) does not end", tip: "see who holds it: fuser -v \(lock)")
    }

    /// The processes that have the file open. Ours does not keep it open.
    private static func holders(of file: String) -> [ProcessHandle] {
        let real = URL(filePath: file).resolvingSymlinksInPath().path
        let pids = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { pid_t($0) }
        return pids.compactMap { pid in
            guard pid != getpid(), has(pid, real), let process = ProcessHandle(pid), has(pid, real) else { return nil }
            return process
        }
    }

    private static func has(_ pid: pid_t, _ file: String) -> Bool {
        let fds = "/proc/\(pid)/fd"
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: fds) else { return false }
        return names.contains { (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(fds)/\($0)")) == file }
    }

    private func failure(_ what: String) -> SloopError {
        let log = FileManager.default.contents(atPath: machine.path + "/log") ?? Data()
        let tail = String(decoding: log.suffix(2000), as: UTF8.self).split(whereSeparator: \.isNewline).suffix(5)
        return SloopError(
            .operationFailed,
            "sshd of '\(machine.settings.hostName)' \(what): \(tail.joined(separator: " | "))",
            tip: "its whole log is \(machine.path)/log")
    }

    /// The command that becomes the sandbox. Its descriptor 3 is the lock.
    var arguments: [String] {
        let settings = machine.settings
        let home = "/home/\(settings.username)"
        var words = [tools.bwrap, "--sync-fd", "3", "--unshare-pid", "--unshare-uts", "--unshare-ipc", "--new-session"]
        words += ["--hostname", settings.hostName]
        if settings.owner.isServer {
            let inner = "\(SandboxFiles.innerUser)"
            words += ["--unshare-user", "--uid", inner, "--gid", inner]
        } else {
            words += ["--cap-add", "ALL"]
        }
        words += ["--ro-bind", "/usr", "/usr"]
        for name in ["bin", "sbin", "lib", "lib32", "lib64"] {
            var info = stat()
            guard lstat("/\(name)", &info) == 0 else { continue }
            let isLink = info.st_mode & S_IFMT == S_IFLNK
            words += isLink ? ["--symlink", "usr/\(name)", "/\(name)"] : ["--ro-bind", "/\(name)", "/\(name)"]
        }
        words += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp"]
        words += Sandbox.folders(["/run", "/run/sshd", "/var", "/var/lib", "/var/tmp", "/home", "/root"])
        words += ["--bind", "\(machine.path)/run", "/run/sloop"]
        words += ["--bind", "\(machine.path)/sloop", "/var/lib/sloop", "--bind", "\(machine.path)/home", home]
        words += etc
        words += ["--remount-ro", "/etc", "--chdir", home, "--clearenv"]
        for (name, value) in environment(home) { words += ["--setenv", name, value] }
        return words + ["--"] + unprivileged + ["/bin/sh", "-c", boot]
    }

    /// Made by bwrap itself on the way to what is bound there, they would be closed to the machine's user.
    private static func folders(_ paths: [String]) -> [String] {
        paths.flatMap { ["--perms", "0755", "--dir", $0] }
    }

    private var etc: [String] {
        var words = ["--tmpfs", "/etc"] + Sandbox.folders(["/etc/ssh", "/etc/sloop"])
        for name in ["passwd", "group", "hosts", "hostname", "nsswitch.conf"] {
            words += ["--ro-bind", "\(machine.path)/etc/\(name)", "/etc/\(name)"]
        }
        for name in ["host_key", "ca.pub", "sshd_config"] {
            words += ["--ro-bind", "\(machine.path)/etc/\(name)", "/etc/ssh/\(name)"]
        }
        if machine.settings.hasService {
            words += ["--ro-bind", "\(machine.path)/etc/service", "/etc/sloop/service"]
        }
        let shared = [
            "alternatives", "bash.bashrc", "ca-certificates", "debian_version", "ld.so.cache", "ld.so.conf",
            "ld.so.conf.d", "localtime", "mime.types", "os-release", "profile", "profile.d", "protocols", "resolv.conf",
            "services", "ssl", "terminfo",
        ]
        return words + shared.flatMap { ["--ro-bind-try", "/etc/\($0)", "/etc/\($0)"] }
    }

    private func environment(_ home: String) -> [(String, String)] {
        let settings = machine.settings
        return [
            ("PATH", "/usr/local/bin:/usr/bin:/bin"), ("HOME", home), ("USER", settings.username), ("LANG", "C.UTF-8"),
            ("SLOOP_INSTANCE", settings.hostName), ("SLOOP_ADDRESS", settings.place.address),
            ("SLOOP_PORT_HTTP", "\(settings.web)"),
        ]
    }

    /// Root gives up everything but the right to bind low ports.
    private var unprivileged: [String] {
        guard !machine.settings.owner.isServer, let setpriv = tools.setpriv else { return [] }
        let id = "\(machine.settings.owner.uid)"
        let right = "-all,+net_bind_service"
        return [
            setpriv, "--reuid", id, "--regid", id, "--clear-groups", "--no-new-privs", "--inh-caps", right,
            "--ambient-caps", right, "--bounding-set", right, "--",
        ]
    }

    private var boot: String {
        let service =
            machine.settings.hasService
            ? "setsid /etc/sloop/service < /dev/null > /var/lib/sloop/service.log 2>&1 & " : ""
        return "umask 022; \(service)exec \(tools.sshd) -D -e \(tools.sshdOptions) -f /etc/ssh/sshd_config"
    }
}
