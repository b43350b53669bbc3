import Foundation

/// The processes of this computer at one moment.
struct Processes {
    private var children: [pid_t: [pid_t]] = [:]
    private let all: [pid_t]

    init() throws {
        all = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }
        for pid in all {
            guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let words = text.split(separator: ")").last?.split(separator: " "), words.count > 1,
                let parent = pid_t(words[1])
            else { continue }
            children[parent, default: []].append(pid)
        }
    }

    /// Those that have the file open.
    func holders(of path: String) -> [pid_t] {
        all.filter { pid in
            let files = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")) ?? []
            return files.contains {
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\($0)")) == path
            }
        }
    }

    /// Those, and all that they started.
    func below(_ roots: [pid_t]) -> Set<pid_t> {
        roots.reduce(into: []) { $0.formUnion(below(children[$1] ?? []).union([$1])) }
    }

    /// Ends all of a machine of the local engine's, as a fault of the computer does.
    static func endAll(of machine: String) throws {
        let processes = try Processes()
        for pid in processes.below(processes.holders(of: "\(machine)/lock")) { kill(pid, SIGKILL) }
    }

    func isSSHD(_ pid: pid_t, _ onlyConnections: Bool) -> Bool {
        let title = (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)) ?? ""
        guard title.hasPrefix("sshd") || title.contains("/sshd"), !title.contains("bwrap") else { return false }
        return !onlyConnections || !(title.contains("-D") || title.contains("[listener]"))
    }
}
