import CEpoll
import CLibSSH2
import SloopModel

/// Columns and rows of a terminal.
package struct TerminalSize: Sendable, Hashable {
    package let columns: Int
    package let rows: Int

    /// What no screen has is brought to what one could.
    package init(columns: Int, rows: Int) {
        self.columns = min(max(columns, 2), 1000)
        self.rows = min(max(rows, 1), 500)
    }
}

/// A shell with a terminal, and what is still to be sent to it.
final class TerminalChannel {
    enum Item {
        case keys(ArraySlice<UInt8>)
        case size(TerminalSize)
    }

    let channel: OpaquePointer
    /// In order: a packet of which a part is out must be sent whole before the next.
    var waiting: [Item] = []

    init(_ channel: OpaquePointer) { self.channel = channel }

    var bytesWaiting: Int {
        waiting.reduce(0) { sum, item in if case .keys(let bytes) = item { sum + bytes.count } else { sum } }
    }
}

extension SSHSession {
    /// Bytes that were typed and that the machine did not take yet.
    package static let longestTyping = 1 << 18

    private static let kind = "xterm-256color"

    /// Starts the user's shell in a terminal (RFC 4254 §6.2). A session has one at most, and runs nothing else then.
    package func openTerminal(_ size: TerminalSize, timeout: Duration = .seconds(10)) async throws {
        deadline = .now + timeout
        let channel = try await openChannel()
        // The server may refuse it; then the machine's own is good enough.
        _ = try await attempt("name a character set") { _ in libssh2_channel_setenv_ex(channel, "LANG", 4, "C.UTF-8", 7)
        }
        let (kind, columns, rows) = (SSHSession.kind, Int32(size.columns), Int32(size.rows))
        try await call("ask for a terminal") { _ in
            libssh2_channel_request_pty_ex(channel, kind, UInt32(kind.utf8.count), nil, 0, columns, rows, 0, 0)
        }
        try await call("start a shell") { _ in libssh2_channel_process_startup(channel, "shell", 5, nil, 0) }
        terminal = TerminalChannel(channel)
    }

    /// What the terminal shows next, as soon as there is something; empty if there was nothing for so long, and nil once the
    /// shell has ended or the session is closed. What nobody asks for stays with the machine, which then waits.
    package func terminalOutput(upTo patience: Duration) async throws -> [UInt8]? {
        let end = ContinuousClock.now + patience
        // Looked up anew each time: the session may have been closed meanwhile.
        while let terminal {
            let isBlocked = try sendWaiting(terminal)
            if !isBlocked {
                let bytes = try read(terminal.channel, 0)
                if !bytes.isEmpty { return bytes }
                if libssh2_channel_eof(terminal.channel) != 0 { return nil }
            }
            guard try await isReady(for: (isBlocked ? EPOLLOUT : EPOLLIN).rawValue, by: end) else { return [] }
        }
        return nil
    }

    /// Types into the terminal. Throws `busy` when the machine does not take what was typed before.
    package func type(_ bytes: [UInt8]) throws {
        guard let terminal else { throw terminalIsClosed }
        guard terminal.bytesWaiting + bytes.count <= SSHSession.longestTyping else {
            throw SloopError(
                .busy, "\(endpoint.name) does not take what was typed", tip: "wait, and paste less at once")
        }
        terminal.waiting.append(.keys(bytes[...]))
        try sendNow(terminal)
    }

    /// Tells the programs in the terminal that it has another size.
    package func resize(_ size: TerminalSize) throws {
        guard let terminal else { throw terminalIsClosed }
        // Only the last one counts.
        if case .size = terminal.waiting.last, terminal.waiting.count > 1 { terminal.waiting.removeLast() }
        terminal.waiting.append(.size(size))
        try sendNow(terminal)
    }

    private var terminalIsClosed: SloopError {
        SloopError(.unreachable, "the terminal on \(endpoint.name) has ended", tip: "open another one")
    }

    private func sendNow(_ terminal: TerminalChannel) throws {
        _ = try sendWaiting(terminal)
        // To send, libssh2 takes in what has come: the socket would not tell of it again.
        nudge()
    }

    /// Sends what waits. Whether the socket takes no more: then nothing else may be sent, as reading does, too.
    private func sendWaiting(_ terminal: TerminalChannel) throws -> Bool {
        while let next = terminal.waiting.first {
            switch next {
            case .keys(let bytes):
                let rest = bytes.dropFirst(try write(terminal.channel, bytes))
                if rest.isEmpty {
                    terminal.waiting.removeFirst()
                } else if rest.count < bytes.count {
                    terminal.waiting[0] = .keys(rest)
                } else {
                    return libssh2_session_block_directions(session) & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0
                }
            case .size(let size):
                let code = libssh2_channel_request_pty_size_ex(
                    terminal.channel, Int32(size.columns), Int32(size.rows), 0, 0)
                if code == LIBSSH2_ERROR_EAGAIN { return true }
                guard code == 0 else { throw failure("change the size of a terminal", code) }
                terminal.waiting.removeFirst()
            }
        }
        return false
    }
}
