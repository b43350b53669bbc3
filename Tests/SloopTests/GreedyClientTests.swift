import Foundation
import Testing

/// Clients that take more than is theirs: memory, time, connections.
@Suite(.needsSandbox) struct GreedyClientTests {
    /// The most memory that the process had, in kB.
    private func peak(_ daemon: Daemon) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(daemon.pid)/status", encoding: .utf8)
        let match = try #require(status.firstMatch(of: /VmHWM:\s+([0-9]+) kB/))
        return try #require(Int(match.1))
    }

    @Test func aBodyOfAHundredMegabytesIsRefusedAndNotKept() throws {
        let server = try SignedPort()
        #expect(try server.reply().status == 200)
        let before = try peak(server.daemon)
        let block = Data(repeating: 0x20, count: 1 << 20)

        let declared = try server.connect()
        declared.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(100 << 20)\r\n\r\n")
        for _ in 0..<100 where !declared.send(block) { break }
        let refusal = declared.reply()
        #expect(refusal.isHonestRefusal)
        #expect(refusal.status == 413)
        #expect(refusal.type == "RequestEntityTooLargeException")

        let chunked = try server.connect()
        var call = SignedPort.Call()
        call.sentBody = Data()
        call.tamper = { headers in
            headers.removeAll { $0.name == "Content-Length" }
            headers.append(("Transfer-Encoding", "chunked"))
        }
        chunked.send(server.bytes(call))
        for _ in 0..<100 where !chunked.send(Data("100000\r\n".utf8) + block + Data("\r\n".utf8)) { break }
        #expect(chunked.reply().status == 413)
        #expect(try peak(server.daemon) - before < 32_000)
        #expect(try server.failures() == "")
    }

    @Test func aSlowBodyIsAnsweredWithATimeout() throws {
        let server = try SignedPort("--request-timeout", "1")
        let call = server.bytes(SignedPort.Call())
        let connection = try server.connect()
        connection.send(call.dropLast(1))
        let reply = connection.reply()
        #expect(reply.isHonestRefusal)
        #expect(reply.status == 408)
        #expect(connection.isEnded())
        // A byte now and then does not help.
        let dripping = try server.connect()
        dripping.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nX-Amz-Target: x\r\n\r\n")
        #expect(dripping.reply().isHonestRefusal)
        let end = Date() + 10
        while dripping.send("a"), Date() < end { usleep(50_000) }
        #expect(Date() < end)
    }

    @Test func slowHeadersAreCutOff() throws {
        let server = try SignedPort("--request-timeout", "1")
        let connection = try server.connect()
        connection.send("POST / HTTP/1.1\r\n")
        let end = Date() + 10
        while connection.send("X-A: b\r\n"), Date() < end { usleep(50_000) }
        #expect(Date() < end)
    }

    @Test func slowClientsHurtNobody() throws {
        let server = try SignedPort("--request-timeout", "10")
        let call = server.bytes(SignedPort.Call())
        let slow = try (0..<200).map { index in
            let connection = try server.connect()
            connection.send(call.prefix(index.isMultiple(of: 2) ? 20 : call.count - 1))
            return connection
        }
        let start = ContinuousClock.now
        for _ in 0..<50 { #expect(try server.reply().status == 200) }
        #expect(ContinuousClock.now - start < .seconds(5))
        // What was slow and is whole in the end is answered too.
        slow[1].send(call.suffix(1))
        #expect(slow[1].reply().status == 200)
    }

    @Test func theEndOfTheServerDoesNotWaitForThem() throws {
        let server = try SignedPort("--request-timeout", "60")
        let call = server.bytes(SignedPort.Call())
        let idle = try server.connect()
        #expect(try server.reply(on: idle).status == 200)
        let (halfHead, halfBody) = (try server.connect(), try server.connect())
        halfHead.send(call.prefix(20))
        halfBody.send(call.dropLast(1))
        let start = ContinuousClock.now
        server.daemon.end(SIGTERM)
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(idle.isEnded())
        #expect(try server.failures() == "")
    }
}
