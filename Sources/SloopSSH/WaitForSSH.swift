import CEpoll
import Foundation
import SloopModel

/// Waits until an SSH server answers with its banner, and tries nothing else: failed logins would be held against us.
///
/// Throws `unreachable` with the last reason when the time is over.
package func waitForSSH(_ address: String, port: Int, timeout: Duration) async throws {
    let deadline = ContinuousClock.now + timeout
    let probe = BannerProbe()
    while true {
        do {
            return try await probe.look(address, port, until: deadline)
        } catch let error as SloopError where error.code == .unreachable && ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
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
