import Foundation

/// All processes that can be seen, with what they have used, from one pass over /proc.
struct ProcessTree {
    struct Usage {
        var ticks = 0
        var pages = 0
    }

    private var usage: [pid_t: Usage] = [:]
    private var children: [pid_t: [pid_t]] = [:]

    init() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = pid_t(name), let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                // The name of the program is in brackets and may have anything in it.
                let end = stat.lastIndex(of: ")")
            else { continue }
            let words = stat[stat.index(after: end)...].split(separator: " ")
            guard words.count > 21, let parent = pid_t(words[1]) else { continue }
            // Own time, and that of children that have ended; see proc(5), of which these words begin with the third field.
            let ticks = (11...14).map { Int(words[$0]) ?? 0 }.reduce(0, +)
            usage[pid] = Usage(ticks: ticks, pages: Int(words[21]) ?? 0)
            children[parent, default: []].append(pid)
        }
    }

    /// The processes that hold the file open, by file.
    static func holders(of files: Set<String>) -> [String: [pid_t]] {
        var found: [String: [pid_t]] = [:]
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = pid_t(name), pid != getpid() else { continue }
            let folder = "/proc/\(pid)/fd"
            for fd in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
                guard let file = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(fd)"),
                    files.contains(file)
                else { continue }
                found[file, default: []].append(pid)
            }
        }
        return found
    }

    /// What these processes and all below them have used together.
    func total(of roots: [pid_t]) -> Usage {
        var seen: Set<pid_t> = []
        var waiting = roots
        var sum = Usage()
        while let pid = waiting.popLast() {
            guard seen.insert(pid).inserted, let own = usage[pid] else { continue }
            sum.ticks += own.ticks
            sum.pages += own.pages
            waiting += children[pid] ?? []
        }
        return sum
    }
}
