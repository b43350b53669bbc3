import Foundation
import Testing

/// Terminals in the console, as a page's script uses them, on a real machine.
@Suite(.needsSandbox, .timeLimit(.minutes(2))) struct ConsoleTerminalTests {
    /// What the terminal shows, read until something is in it.
    private final class Screen {
        private let connection: RawConnection

        init(_ visitor: Visitor, _ id: String, after offset: Int = 0) throws {
            connection = try visitor.server.connect()
            connection.send(
                "GET /stream/terminals/\(id) HTTP/1.1\r\nHost: x\r\nCookie: \(visitor.cookie)\r\n"
                    + "Last-Event-ID: \(offset)\r\nConnection: close\r\n\r\n")
            #expect(connection.reply(hasBody: false).status == 200)
        }

        /// The events until there is one of which that is true, or the stream ends.
        func events(until isEnough: (String) -> Bool) -> String {
            connection.text { isEnough(String(decoding: $0, as: UTF8.self)) }
        }

        static func shown(_ events: String) -> String {
            let bytes = events.matches(of: /data: ([A-Za-z0-9+\/=]+)\n/).compactMap {
                Data(base64Encoded: String($0.1))
            }
            return String(decoding: bytes.reduce(Data(), +), as: UTF8.self)
        }

        func shows(_ text: String) -> String { Screen.shown(events { Screen.shown($0).contains(text) }) }
    }

    private static let size = ["columns": "100", "rows": "30"]

    private func machine(_ server: SignedPort, _ visitor: Visitor) throws {
        let made = try visitor.post(
            "/create", ["name": "web", "count": "1", "blueprint": "sandbox", "plan": "nano", "key": "default"])
        try #require(made.status == 303, "\(String(decoding: made.body, as: UTF8.self))")
        let end = Date() + 60
        while try !visitor.text("/instances/web").contains(">running<") {
            try #require(Date() < end)
            usleep(50_000)
        }
    }

    private func opened(_ visitor: Visitor) throws -> String {
        let reply = try visitor.post("/instances/web/terminal", Self.size)
        let text = String(decoding: reply.body, as: UTF8.self).trimmingCharacters(in: .newlines)
        try #require(reply.status == 201, "\(text)")
        return text
    }

    @Test func aShellAnswersInTheTerminalOfWhoOpenedItAndOfNobodyElse() throws {
        let server = try SignedPort()
        _ = try server.daemon.json("access-key", "create", "--account", "red")
        let (blue, red) = (try Visitor(server, account: "blue"), try Visitor(server, account: "red"))
        try machine(server, blue)
        defer { server.remove("web") }
        let id = try opened(blue)
        let screen = try Screen(blue, id)
        #expect(
            try blue.post("/terminals/\(id)/keys", ["keys": "echo $((6*7)) $(stty size) $(whoami)\r"]).status == 204)
        #expect(screen.shows("42 30 100 admin\r\n").contains("42 30 100 admin\r\n"))
        #expect(try blue.post("/terminals/\(id)/size", ["columns": "70", "rows": "20"]).status == 204)
        #expect(try blue.post("/terminals/\(id)/keys", ["keys": "stty size; echo secret-in-the-shell\r"]).status == 204)
        #expect(screen.shows("20 70\r\n").contains("20 70\r\n"))

        // Another account reaches neither the machine nor the terminal, and a forged form does nothing.
        #expect(try red.post("/instances/web/terminal", Self.size).status == 404)
        #expect(try red.stream("/terminals/\(id)") == "event: over\ndata: \n\n")
        for act in ["keys", "size", "close"] {
            let fields = ["keys": "touch /tmp/forged\r"].merging(Self.size) { mine, _ in mine }
            #expect(try red.post("/terminals/\(id)/\(act)", fields).status == 404, "\(act)")
            #expect(try blue.send("POST", "/terminals/\(id)/\(act)", fields, []).status == 403, "\(act)")
            let foreign = ["Origin: http://evil.example"]
            #expect(try blue.post("/terminals/\(id)/\(act)", fields, foreign).status == 403, "\(act)")
        }
        #expect(try blue.post("/terminals/\(id)/keys", ["keys": "ls /tmp/forged; echo don''e\r"]).status == 204)
        #expect(screen.shows("done\r\n").contains("No such file"))

        // Who comes back is shown what he did not see, and for the one before him it is over.
        let again = try Screen(blue, id)
        #expect(again.shows("42 30 100 admin\r\n").contains("42 30 100 admin\r\n"))
        #expect(screen.events { $0.contains("event: over") }.contains("event: over"))
        #expect(try blue.post("/terminals/\(id)/keys", ["keys": "exit\r"]).status == 204)
        #expect(again.events { $0.contains("event: over") }.contains("event: over"))

        // What was typed and shown is in no file of the server.
        let found = try Daemon.run(
            "/bin/grep", ["-rl", "--exclude-dir=machines", "secret-in-the-shell", server.daemon.folder.path], [:],
            in: server.daemon.folder
        ).out
        #expect(found == "")
        #expect(try server.failures() == "")
    }

    @Test func aTerminalEndsWithTheSessionTheInstanceAndTheServer() throws {
        let server = try SignedPort()
        let (one, other) = (try Visitor(server, account: "default"), try Visitor(server, account: "default"))
        // The account whose machines go with the server.
        try machine(server, one)
        let (mine, yours) = (try opened(one), try opened(other))
        let (first, second) = (try Screen(one, mine), try Screen(other, yours))
        _ = (first.shows("$"), second.shows("$"))
        let start = ContinuousClock.now
        #expect(try one.post("/sign-out").status == 303)
        #expect(first.events { $0.contains("event: over") || $0.contains("event: ended") }.contains("event: "))
        #expect(ContinuousClock.now - start < .seconds(3))
        // The other one is not touched, until all of the account are signed out.
        #expect(try other.post("/terminals/\(yours)/keys", ["keys": "echo st''ill\r"]).status == 204)
        #expect(second.shows("still\r\n").contains("still"))
        try server.daemon.sloop("console", "logout", "--account", "default")
        #expect(second.events { $0.contains("event: over") || $0.contains("event: ended") }.contains("event: "))

        let third = try Visitor(server, account: "default")
        let stopped = try Screen(third, try opened(third))
        _ = stopped.shows("$")
        #expect(try third.post("/instances/web/stop").status == 303)
        #expect(stopped.events { $0.contains("event: over") }.contains("event: over"))
        let refused = try third.post("/instances/web/terminal", Self.size)
        #expect(refused.status == 409)
        #expect(String(decoding: refused.body, as: UTF8.self).contains("has no terminal"))

        try wait(third, until: "stopped")
        #expect(try third.post("/instances/web/start").status == 303)
        try wait(third, until: "running")
        let last = try Screen(third, try opened(third))
        _ = last.shows("$")
        let end2 = ContinuousClock.now
        server.daemon.end(SIGTERM)
        #expect(ContinuousClock.now - end2 < .seconds(5))
        #expect(try server.failures() == "")
    }

    /// Waits until the page of the instance shows it in that state.
    private func wait(_ visitor: Visitor, until state: String) throws {
        let end = Date() + 60
        while try !visitor.text("/instances/web").contains(">\(state)<") {
            try #require(Date() < end, "web is not \(state)")
            usleep(50_000)
        }
    }

    @Test func anAccountHasEightTerminalsAtMost() throws {
        let server = try SignedPort()
        let visitor = try Visitor(server, account: "blue")
        try machine(server, visitor)
        defer { server.remove("web") }
        let ids = try (0..<8).map { _ in try opened(visitor) }
        let refused = try visitor.post("/instances/web/terminal", Self.size)
        #expect(refused.status == 409)
        #expect(String(decoding: refused.body, as: UTF8.self).contains("8 terminals are open already"))
        #expect(try visitor.post("/terminals/\(ids[0])/close").status == 204)
        #expect(try visitor.post("/terminals/\(ids[0])/close").status == 404)
        _ = try opened(visitor)
        // One that nobody looks at is closed by itself.
        let end = Date() + 60
        while try visitor.post("/terminals/\(ids[1])/size", Self.size).status == 204 {
            try #require(Date() < end)
            usleep(500_000)
        }
    }
}
