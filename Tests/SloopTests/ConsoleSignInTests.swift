import Foundation
import Testing

/// Who gets in to the console, and who does not.
@Suite(.needsSandbox) struct ConsoleSignInTests {
    private static let pages = [
        "/", "/instances", "/create", "/keys", "/storage", "/alarms", "/cost", "/operations", "/settings",
        "/instances/web",
        "/instances/web/terminal",
    ]

    @Test func aLinkSignsInOnce() throws {
        let server = try SignedPort()
        let link = try Visitor.link(server, "blue")
        let first = Visitor(server)
        let reply = try first.signIn(link)
        #expect(reply.status == 303)
        #expect(reply.headers["location"] == "/")
        let cookie = try #require(reply.headers["set-cookie"])
        #expect(cookie.contains("; HttpOnly; SameSite=Strict") && cookie.contains("; Max-Age=43200"))
        #expect(!cookie.contains("Secure"))
        #expect(try first.text("/").contains("No instance yet"))
        let second = Visitor(server)
        #expect(try second.signIn(link).status == 403)
        #expect(try second.get("/").status == 303)
        // The whole link may be pasted, too.
        let url = try #require(try server.daemon.json("console", "login")["url"] as? String)
        let pasted = try second.signIn(url, ["X-Forwarded-Proto: https"])
        #expect(pasted.status == 303)
        #expect(pasted.headers["set-cookie"]?.hasSuffix("; Secure") == true)
    }

    @Test func nothingIsShownToWhoIsNotSignedIn() throws {
        let server = try SignedPort()
        let nobody = Visitor(server)
        for page in Self.pages {
            let reply = try nobody.get(page)
            #expect(reply.status == 303)
            #expect(reply.headers["location"]?.hasPrefix("/sign-in") == true)
            #expect(reply.body.isEmpty)
            #expect(try nobody.stream(page == "/" ? "/instances" : page) == "event: ended\ndata: \n\n")
        }
        #expect(try nobody.send("POST", "/keys", ["name": "mine"], []).status == 303)
        #expect(try server.daemon.list("key", "list").isEmpty)
        // Where one wanted to go is kept, if it is in the console.
        #expect(try nobody.get("/keys").headers["location"] == "/sign-in?next=/keys")
        #expect(try nobody.get("/a%0d%0aSet-Cookie:%20x=y").headers["location"] == "/sign-in")
        #expect(try nobody.get("//evil.example/").headers["location"] == "/sign-in?next=/evil.example")
    }

    @Test func whoGuessesIsRefusedForAWhile() throws {
        let server = try SignedPort()
        let guesser = Visitor(server)
        for _ in 0..<10 { #expect(try guesser.signIn("guess").status == 403) }
        let reply = try guesser.signIn("guess")
        #expect(reply.status == 429)
        #expect(reply.headers["retry-after"].flatMap { Int($0) }.map { (1...60).contains($0) } == true)
        #expect(try guesser.signIn(try Visitor.link(server, "blue")).status == 429)
        // Who is in stays in, and the API does not mind.
        #expect(try server.reply().status == 200)
    }

    @Test func aSessionOutlivesTheServerAndEndsWhenItIsEnded() throws {
        let server = try SignedPort()
        let (one, other) = (try Visitor(server, account: "blue"), try Visitor(server, account: "default"))
        #expect(try one.get("/").status == 200)
        #expect(try one.send("POST", "/sign-out", ["form-token": one.formToken()], []).status == 303)
        #expect(try one.get("/").status == 303)
        #expect(try other.get("/").status == 200)
        let unused = try Visitor.link(server, "blue")
        #expect(try server.daemon.sloop("console", "logout").out == "1 browser was signed out\n")
        #expect(try other.get("/").status == 303)
        #expect(try other.signIn(unused).status == 403)
    }

    @Test func aLinkNeedsAPortAndAnAccount() throws {
        let daemon = try Daemon()
        let run = try daemon.sloop("console", "login")
        #expect(run.code == 5)
        #expect(run.error.contains("tip: start it with an address: sloop serve --listen 127.0.0.1:8080"))
        let server = try SignedPort()
        let unknown = try server.daemon.sloop("console", "login", "--account", "nobody")
        #expect(unknown.code == 3)
        #expect(unknown.error.contains("there is no account 'nobody'\ntip: make it with its first access key"))
    }

    @Test func everyAnswerIsGuarded() throws {
        let server = try SignedPort()
        let visitor = try Visitor(server, account: "blue")
        for path in Self.pages + ["/sign-in", "/nothing", "/assets/icon.svg", "/assets/nothing", "/favicon.ico"] {
            let reply = try visitor.get(path)
            let policy = reply.headers["content-security-policy"] ?? ""
            #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "\(path)")
            #expect(reply.headers["x-content-type-options"] == "nosniff")
            #expect(reply.headers["x-frame-options"] == "DENY")
            #expect(
                reply.headers["cache-control"]
                    == (path.hasSuffix(".svg") || path == "/favicon.ico" ? "no-cache" : "no-store"))
            let text = String(decoding: reply.body, as: UTF8.self)
            #expect(!text.contains("<style") && !text.contains(" style=") && !text.contains(" onclick="), "\(path)")
        }
    }

    @Test func formsOfOthersAreRefused() throws {
        let server = try SignedPort()
        let (visitor, other) = (try Visitor(server, account: "blue"), try Visitor(server, account: "blue"))
        let token = try visitor.formToken()
        func attempt(_ fields: [String: String], _ headers: [String] = []) throws -> Int {
            try visitor.send("POST", "/keys", fields.merging(["name": "mine"]) { $1 }, headers).status
        }
        #expect(try attempt([:]) == 403)
        #expect(try attempt(["form-token": ""]) == 403)
        #expect(try attempt(["form-token": String(token.dropLast()) + "x"]) == 403)
        #expect(try attempt(["form-token": other.formToken()]) == 403)
        #expect(try attempt(["form-token": token], ["Origin: http://evil.example"]) == 403)
        #expect(try attempt(["form-token": token], ["Origin: null"]) == 403)
        #expect(try attempt(["form-token": token], ["Sec-Fetch-Site: cross-site"]) == 403)
        #expect(try attempt(["form-token": token], ["Sec-Fetch-Site: same-site"]) == 403)
        // Nobody is signed in to an account of another's choice, either.
        let link = try Visitor.link(server, "blue")
        #expect(try Visitor(server).signIn(link, ["Origin: http://evil.example"]).status == 403)
        #expect(try !visitor.text("/keys").contains("/keys/mine"))
        #expect(try attempt(["form-token": token], ["Origin: http://127.0.0.1:\(server.port)"]) == 200)
        #expect(try visitor.text("/keys").contains("/keys/mine"))
        #expect(try server.failures() == "")
    }

    @Test func aStreamOutlivesTheLimitsOnRequestsAndEndsWithTheServer() throws {
        let server = try SignedPort("--request-timeout", "1")
        let visitor = try Visitor(server, account: "blue")
        let start = Date()
        let events = try visitor.stream("/instances", seconds: 7)
        #expect(Date().timeIntervalSince(start) > 6.5)
        #expect(events.hasPrefix("retry: 1000\n\nevent: instance-cards\ndata: ") && events.contains(": still here"))
        let connection = try server.connect()
        connection.send("GET /stream/instances HTTP/1.1\r\nHost: x\r\nCookie: \(visitor.cookie)\r\n\r\n")
        _ = connection.reply(hasBody: false)
        let end = ContinuousClock.now
        server.daemon.end(SIGTERM)
        #expect(ContinuousClock.now - end < .seconds(3))
        #expect(try server.failures() == "")
    }

    @Test func aStreamEndsWithItsSession() throws {
        let server = try SignedPort()
        let visitor = try Visitor(server, account: "blue")
        let connection = try server.connect()
        connection.send(
            "GET /stream/keys HTTP/1.1\r\nHost: x\r\nCookie: \(visitor.cookie)\r\nConnection: close\r\n\r\n")
        #expect(connection.reply(hasBody: false).status == 200)
        try server.daemon.sloop("console", "logout", "--account", "blue")
        let events = String(decoding: connection.rest(), as: UTF8.self)
        #expect(events.contains("event: key-list\n") && events.contains("event: ended\n"))
    }
}
