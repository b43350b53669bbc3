import Foundation
import SloopModel
@testable import SloopSSH
import Testing

/// A listener that behaves badly.
final class BadServer: Sendable {
    let address = "127.\(Int.random(in: 1...60)).\(Int.random(in: 0...255)).\(Int.random(in: 1...254))"
    let port = Int.random(in: 20_000...32_000)
    private let fd: Int32

    init() {
        fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = UInt16(port).bigEndian
        inet_pton(AF_INET, address, &name.sin_addr)
        withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        listen(fd, 16)
    }

    deinit { close(fd) }

    /// Closes every connection at once.
    func closeAll() {
        let fd = fd
        Thread.detachNewThread {
            while case let one = accept(fd, nil, nil), one >= 0 { close(one) }
        }
    }

    func endpoint() -> SSHEndpoint {
        SSHEndpoint(address: address, port: port, hostKey: SSHPrivateKey.ed25519(comment: "h").publicKey)
    }
}

@Suite struct UnreachableTests {
    @Test func nothingListensIsSaidAtOnce() async throws {
        let endpoint = SSHEndpoint(
            address: "127.61.1.1", port: 2, hostKey: SSHPrivateKey.ed25519(comment: "h").publicKey)
        let error = await failure { _ = try await SSHSession.connect(to: endpoint, timeout: .seconds(10)) }
        #expect(error?.code == .unreachable)
        #expect(error?.message == "127.61.1.1 port 2 cannot be reached: connection refused")
    }

    @Test func aServerThatStaysSilentIsGivenUp() async throws {
        let server = BadServer()
        let error = await failure {
            _ = try await SSHSession.connect(to: server.endpoint(), timeout: .milliseconds(200))
        }
        #expect(error?.code == .unreachable)
        #expect(error?.message.contains("did not answer in time") == true)
    }

    @Test func aServerThatClosesIsUnreachable() async throws {
        let server = BadServer()
        server.closeAll()
        let error = await failure { _ = try await SSHSession.connect(to: server.endpoint(), timeout: .seconds(10)) }
        #expect(error?.code == .unreachable)
        let waiting = await failure {
            try await waitForSSH(server.address, port: server.port, timeout: .milliseconds(100))
        }
        #expect(waiting?.code == .unreachable)
    }

    @Test(.needsSSHD) func waitingEndsAsSoonAsTheServerIsThere() async throws {
        let server = try await TestSSHD()
        try await waitForSSH(server.endpoint.address, port: server.endpoint.port, timeout: .seconds(5))
    }
}
