import CEpoll
import Foundation
import SloopModel

/// Waits until an SSH server answers with its banner, and tries nothing else: failed logins would be held against us.
///
/// Throws `unreachable` with the last reason when the time is over.
package func waitForSSH(_ address: String, port: Int, timeout: Duration) async throws {
    let probe = BannerProbe()
    try await trying(for: timeout) { try await probe.look(address, port, until: $0) }
}

extension SSHSession {
    /// Connects to a machine that is coming up: tries until an SSH server has shaken hands. It shows its host key in the same
    /// connection that is then logged in to, since each connection costs a machine that boots a process.
    ///
    /// Throws `unreachable` with the last reason when the time is over, or `hostKeyChanged`.
    package static func connect(toBooting endpoint: SSHEndpoint, timeout: Duration) async throws -> SSHSession {
        try await trying(for: timeout) { try await connect(to: endpoint, timeout: min($0 - .now, patience)) }
    }

    /// How long a server that has taken the connection may be silent.
    private static let patience = Duration.seconds(10)
}

/// Does it again as long as nobody can be reached and the time is not over.
private func trying<Value>(
    for timeout: Duration, _ body: (_ deadline: ContinuousClock.Instant) async throws -> Value
) async throws -> Value {
    let deadline = ContinuousClock.now + timeout
    while true {
        do {
            return try await body(deadline)
        } catch let error as SloopError where error.code == .unreachable && ContinuousClock.now < deadline {
            try await Pause.shared.last(.milliseconds(5))
        }
    }
}

/// Pauses on the sessions' own thread: a hundred machines that boot would else wake three threads for each of their tries.
private actor Pause {
    static let shared = Pause()
    nonisolated var unownedExecutor: UnownedSerialExecutor { EpollLoop.shared.asUnownedSerialExecutor() }

    func last(_ duration: Duration) async throws {
        if await EpollLoop.shared.wait(nil, until: .now + duration) == .cancelled { throw CancellationError() }
    }
}

private actor BannerProbe {
    nonisolated var unownedExecutor: UnownedSerialExecutor { EpollLoop.shared.asUnownedSerialExecutor() }

    func look(_ address: String, _ port: Int, until deadline: ContinuousClock.Instant) async throws {
        let socket = try await LoopSocket.connect(to: address, port: port, loop: .shared, until: deadline)
        try await socket.wait(EPOLLIN.rawValue, until: deadline)
        guard let start = socket.peek(), start.starts(with: Array("SSH-".utf8).prefix(start.count)) else {
            throw SloopError(
                .unreachable, "\(address) port \(port) closed the connection or is no SSH server",
                tip: "see whether sshd runs there")
        }
    }
}
