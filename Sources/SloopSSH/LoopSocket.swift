import CEpoll
import Foundation
import SloopModel

/// A TCP connection that is only touched on the loop's thread.
final class LoopSocket: @unchecked Sendable {
    let fd: Int32
    private let loop: EpollLoop
    private let name: String

    private init(fd: Int32, loop: EpollLoop, name: String) {
        self.fd = fd
        self.loop = loop
        self.name = name
    }

    deinit { close(fd) }

    /// Connects to a numeric address.
    static func connect(
        to address: String, port: Int, loop: EpollLoop, until deadline: ContinuousClock.Instant
    ) async throws -> LoopSocket {
        let name = "\(address) port \(port)"
        guard var target = SocketAddress(address, port) else {
            throw SloopError(.invalidInput, "'\(address)' is no IP address")
        }
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let fd = Foundation.socket(target.family, kind, 0)
        guard fd >= 0 else {
            throw SloopError(.operationFailed, "no socket is left: \(String(cString: strerror(errno)))")
        }
        let socket = LoopSocket(fd: fd, loop: loop, name: name)
        if target.connect(fd) != 0 {
            guard errno == EINPROGRESS else { throw socket.unreachable(errno) }
            try await socket.wait(EPOLLOUT.rawValue, until: deadline)
            var fault: Int32 = 0
            var size = socklen_t(4)
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &size)
            guard fault == 0 else { throw socket.unreachable(fault) }
        }
        socket.set(Int32(IPPROTO_TCP), TCP_NODELAY)
        return socket
    }

    func wait(_ events: UInt32, until deadline: ContinuousClock.Instant) async throws {
        guard try await isReady(events, by: deadline) else {
            throw SloopError(.unreachable, "\(name) did not answer in time", tip: "see whether it is up, and try again")
        }
    }

    /// Waits until the socket is ready, or the time is over.
    func isReady(_ events: UInt32, by time: ContinuousClock.Instant) async throws -> Bool {
        // sshd's Nagle and our delayed acknowledgement would cost 40 ms a connection.
        set(Int32(IPPROTO_TCP), TCP_QUICKACK)
        switch await loop.wait(fd, events, until: time) {
        case .ready: return true
        case .late: return false
        case .cancelled: throw CancellationError()
        }
    }

    /// Ends a wait as if the socket were ready; only on the loop's thread.
    func nudge() { loop.nudge(fd) }

    private func set(_ level: Int32, _ option: Int32) {
        var one: Int32 = 1
        setsockopt(fd, level, option, &one, 4)
    }

    private func unreachable(_ fault: Int32) -> SloopError {
        SloopError(
            .unreachable, "\(name) cannot be reached: \(String(cString: strerror(fault)).lowercased())",
            tip: "see whether it is up, and try again")
    }

    /// What came so far, without taking it; nil if the other side has closed.
    func peek() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 8)
        let count = recv(fd, &buffer, buffer.count, Int32(MSG_PEEK))
        if count == 0 || (count < 0 && errno != EAGAIN) { return nil }
        return Array(buffer.prefix(max(0, count)))
    }
}

/// A numeric IPv4 or IPv6 address with a port.
private struct SocketAddress {
    private var storage = sockaddr_storage()
    private let size: socklen_t
    let family: Int32

    init?(_ text: String, _ port: Int) {
        guard let port = UInt16(exactly: port) else { return nil }
        var four = sockaddr_in()
        var six = sockaddr_in6()
        if inet_pton(AF_INET, text, &four.sin_addr) == 1 {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            family = AF_INET
            size = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: four, as: sockaddr_in.self) }
        } else if inet_pton(AF_INET6, text, &six.sin6_addr) == 1 {
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = port.bigEndian
            family = AF_INET6
            size = socklen_t(MemoryLayout<sockaddr_in6>.size)
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: six, as: sockaddr_in6.self) }
        } else {
            return nil
        }
    }

    mutating func connect(_ fd: Int32) -> Int32 {
        withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Foundation.connect(fd, $0, size) }
        }
    }
}
