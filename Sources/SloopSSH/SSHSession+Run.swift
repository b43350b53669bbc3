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
        guard let result = try await pump(command, stdin, timeout: timeout, linger: nil, onOutput) else {
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
        try await pump(command, stdin, timeout: timeout, linger: linger, onOutput)
    }

    private func pump(
        _ command: String, _ stdin: [UInt8], timeout: Duration, linger: Duration?,
        _ onOutput: (@Sendable ([UInt8]) async -> Void)?
    ) async throws -> SSHResult? {
        deadline = .now + timeout
        var departure: ContinuousClock.Instant?
        let channel = try await openChannel()
        try await call("start a command") { _ in
            libssh2_channel_process_startup(channel, "exec", 4, command, UInt32(command.utf8.count))
        }
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
                    if let linger, departure == nil { departure = .now + linger }
                } else if let onOutput {
                    await onOutput(bytes)
                } else {
                    stdout += bytes
                }
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
