import Dispatch
package import Foundation
import SloopModel
import Synchronization

/// A program of a blueprint that makes a root file system on this computer.
package enum ImageScript {
    /// Runs it with the folder for its results as its last argument: `metadata.tar` and `rootfs.squashfs`.
    ///
    /// Throws `operationFailed` with the end of its output. A task that is cancelled ends the program.
    package static func run(_ path: String, _ arguments: [String], into folder: URL) async throws {
        let group = Group()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
                DispatchQueue.global().async {
                    done.resume(with: Result { try runAndWait(path, arguments, into: folder, group) })
                }
            }
        } onCancel: {
            group.end()
        }
    }

    /// The program and what it started, which are a process group of their own.
    private final class Group: Sendable {
        private let state = Mutex((leader: pid_t?.none, isOver: false))

        func begin(_ start: () throws -> pid_t) throws -> pid_t {
            try state.withLock { state in
                guard !state.isOver else { throw CancellationError() }
                let pid = try start()
                state.leader = pid
                return pid
            }
        }

        /// Takes the leader's exit status. From then on the number may be another group's.
        func reap() -> Int32 {
            state.withLock { state in
                var status: Int32 = 0
                if let pid = state.leader { waitpid(pid, &status, 0) }
                state.leader = nil
                return status
            }
        }

        func end() {
            state.withLock { state in
                state.isOver = true
                if let pid = state.leader { kill(-pid, SIGTERM) }
            }
        }
    }

    /// By what a program that fetches something knows where from, and through what.
    private static let passing = [
        "HOME", "INCUS_CONF", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
        "SSL_CERT_FILE", "SSL_CERT_DIR",
    ]

    private static func runAndWait(_ path: String, _ arguments: [String], into folder: URL, _ group: Group) throws {
        let log = folder.appending(path: "log").path
        let nothing = try Descriptor(opening: "/dev/null", O_RDONLY)
        let output = try Descriptor(opening: log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND)
        let pid = try group.begin {
            try Spawn.detached(
                [path] + arguments + [folder.path], descriptors: [nothing, output, output], passing: passing)
        }
        let process = ProcessHandle(pid)
        if process?.waitForEnd(milliseconds: 1_800_000) == false { process?.kill() }
        let status = group.reap()
        guard status == 0 else {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            let tail = text.split(whereSeparator: \.isNewline).suffix(12).joined(separator: "\n")
            throw SloopError(.operationFailed, "\(path) failed:\n\(tail)", tip: "mend what it says, and try again")
        }
    }
}
