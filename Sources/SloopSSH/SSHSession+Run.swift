import CEpoll
import CLibSSH2
import Foundation
import SloopModel

/// What a command left behind.
package struct SSHResult: Sendable {
    /// The exit code; 128 and the signal's number if a signal ended it.
    package let exitCode: Int
    package let stdout: [UInt8]
    package let stderr: [UInt8]

    package init(exitCode: Int, stdout: [UInt8], stderr: [UInt8]) {
        self.exitCode = exitCode
        self.stdout = stdout
        self.stderr = stderr
    }

    package var stdoutText: String { String(decoding: stdout, as: UTF8.self) }
}

extension SSHSession {
    private static let piece = 32_768

    /// Runs a command by the user's shell.
    ///
    /// - Parameters:
    ///   - timeout: for the whole command; with `onOutput`, for each silence.
    ///   - onOutput: gets standard output as it comes, which is then not kept.
    package func run(
        _ command: String, stdin: [UInt8] = [], timeout: Duration,
        onOutput: (@Sendable ([UInt8]) async -> Void)? = nil
    ) async throws -> SSHResult {
        let channel = try await start(command, timeout)
        guard let result = try await pump(channel, stdin, timeout, until: .ended, onOutput) else {
            throw SloopError(.unexpected, "a command was left that was to be waited for")
        }
        return result
    }

    /// Runs a command that may take long: leaves it to itself, and gives nil, when it is still at work so long after it
    /// first wrote to standard error. What it writes later is never read; its channel is there until the session is closed.
    package func run(
        _ command: String, stdin: [UInt8], timeout: Duration, leavingAfter linger: Duration,
        onOutput: @escaping @Sendable ([UInt8]) async -> Void
    ) async throws -> SSHResult? {
        try await pump(try await start(command, timeout), stdin, timeout, until: .left(linger), onOutput)
    }

    /// Gives a line of words to the shell that is kept, and waits for a line of standard output; a shell that says none has
    /// failed, and ends with its exit code. A new one gets the beginning and the words in its command, where everybody in
    /// the machine may read them: far away, to bring them after it would take one way there and back more. What a kept one
    /// could not do, which may have been killed, a new one is told again: the words must bear to be done twice.
    func tell(_ words: String, after beginning: String, timeout: Duration) async throws -> SSHResult {
        if let shell {
            self.shell = nil
            deadline = .now + timeout
            let result = try await pump(shell, Array("\(words)\n".utf8), timeout, until: .said, nil)
            if let result, result.exitCode == 0 {
                self.shell = shell
                return result
            }
        }
        let program = "\(beginning)\(words)\nwhile IFS= read -r words; do eval \"$words\"; done"
        let new = try await start("exec sh -c '\(program.replacingOccurrences(of: "'", with: "'\\''"))'", timeout)
        guard let result = try await pump(new, [], timeout, until: .said, nil) else {
            throw SloopError(.unexpected, "a shell was left that was to answer")
        }
        if result.exitCode == 0 { shell = new }
        return result
    }

    private func start(_ command: String, _ timeout: Duration) async throws -> OpaquePointer {
        deadline = .now + timeout
        let channel = try await openChannel()
        try await call("start a command") { _ in
            libssh2_channel_process_startup(channel, "exec", 4, command, UInt32(command.utf8.count))
        }
        return channel
    }

    /// What a command is waited for.
    private enum Goal {
        case ended
        /// The same, but only for so long after it first wrote to standard error.
        case left(Duration)
        /// It has written a line, and takes more input.
        case said
    }

    /// Brings the input to the command, and its output home. Nil if it was left.
    private func pump(
        _ channel: OpaquePointer, _ stdin: [UInt8], _ timeout: Duration, until goal: Goal,
        _ onOutput: (@Sendable ([UInt8]) async -> Void)?
    ) async throws -> SSHResult? {
        var departure: ContinuousClock.Instant?
        var stdout: [UInt8] = []
        var stderr: [UInt8] = []
        var rest = stdin[...]
        var isInputOver = false
        while true {
            var hasMoved = false
            // Reading one stream may bring in pieces of the other: standard output is looked at again.
            for stream in [0, SSH_EXTENDED_DATA_STDERR, 0] {
                let bytes = try read(channel, stream)
                if bytes.isEmpty { continue }
                hasMoved = true
                if stream != 0 {
                    stderr += bytes
                    if case .left(let linger) = goal, departure == nil { departure = .now + linger }
                } else if let onOutput {
                    await onOutput(bytes)
                } else {
                    stdout += bytes
                }
            }
            if case .said = goal {
                isInputOver = true
                if stdout.last == UInt8(ascii: "\n") { return SSHResult(exitCode: 0, stdout: stdout, stderr: stderr) }
            }
            if !rest.isEmpty {
                let count = try write(channel, rest)
                rest = rest.dropFirst(count)
                hasMoved = hasMoved || count > 0
            } else if !isInputOver {
                try await call("end the input") { _ in libssh2_channel_send_eof(channel) }
                isInputOver = true
                hasMoved = true
            }
            if hasMoved && onOutput != nil { deadline = .now + timeout }
            if hasMoved { continue }
            if libssh2_channel_eof(channel) != 0 { break }
            let outbound = libssh2_session_block_directions(session) & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0
            let events = EPOLLIN.rawValue | (outbound ? EPOLLOUT.rawValue : 0)
            guard let departure, departure < deadline else {
                try await wait(for: events)
                continue
            }
            guard try await isReady(for: events, by: departure) else { return nil }
        }
        return SSHResult(exitCode: try await finish(channel), stdout: stdout, stderr: stderr)
    }

    func openChannel() async throws -> OpaquePointer {
        while let channel = ended.popLast() {
            try await call("free a channel") { _ in libssh2_channel_free(channel) }
        }
        while true {
            guard let session else { throw SloopError(.unreachable, "the connection to \(endpoint.name) is closed") }
            if let channel = libssh2_channel_open_ex(session, "session", 7, 2 << 20, UInt32(SSHSession.piece), nil, 0) {
                return channel
            }
            let code = libssh2_session_last_errno(session)
            guard code == LIBSSH2_ERROR_EAGAIN else { throw failure("open a channel", code) }
            try await wait()
        }
    }

    func read(_ channel: OpaquePointer, _ stream: Int32) throws -> [UInt8] {
        var code = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: SSHSession.piece) { buffer, count in
            code = buffer.withMemoryRebound(to: CChar.self) {
                libssh2_channel_read_ex(channel, stream, $0.baseAddress, $0.count)
            }
            count = max(0, code)
        }
        if code < 0 && code != Int(LIBSSH2_ERROR_EAGAIN) { throw failure("read", Int32(code)) }
        return bytes
    }

    func write(_ channel: OpaquePointer, _ bytes: ArraySlice<UInt8>) throws -> Int {
        let code = bytes.prefix(SSHSession.piece).withUnsafeBytes {
            libssh2_channel_write_ex(channel, 0, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
        }
        if code == Int(LIBSSH2_ERROR_EAGAIN) { return 0 }
        // A command that has ended takes no more input: its exit code says why.
        if code == Int(LIBSSH2_ERROR_CHANNEL_CLOSED) || code == Int(LIBSSH2_ERROR_CHANNEL_EOF_SENT) {
            return bytes.count
        }
        if code < 0 { throw failure("write", Int32(code)) }
        return code
    }

    /// Reads the command's end. Our half of the channel stays open until there is something else to say.
    private func finish(_ channel: OpaquePointer) async throws -> Int {
        try await call("end a command") { _ in libssh2_channel_wait_closed(channel) }
        // libssh2 gives exit status 0 for a command that a signal ended.
        var name: UnsafeMutablePointer<CChar>?
        libssh2_channel_get_exit_signal(channel, &name, nil, nil, nil, nil, nil)
        let status = Int(libssh2_channel_get_exit_status(channel))
        let signal = name.map { String(cString: $0) }
        if let name { libssh2_free(session, name) }
        ended.append(channel)
        return signal.map { 128 + (SSHSession.signals[$0] ?? 0) } ?? status
    }

    /// RFC 4254 §6.10, with Linux's numbers.
    private static let signals = [
        "HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "ABRT": 6, "FPE": 8, "KILL": 9, "USR1": 10, "SEGV": 11, "USR2": 12,
        "PIPE": 13, "ALRM": 14, "TERM": 15,
    ]
}
