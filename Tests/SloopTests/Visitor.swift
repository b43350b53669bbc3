import Foundation
import Testing

/// A browser without a window: it keeps its cookie, and reads the token out of forms.
final class Visitor {
    let server: SignedPort
    private(set) var cookie = ""

    init(_ server: SignedPort) { self.server = server }

    /// Somebody who is signed in.
    init(_ server: SignedPort, account: String) throws {
        self.server = server
        let reply = try signIn(try Visitor.link(server, account))
        try #require(reply.status == 303, "\(reply)")
    }

    /// The token of a link that `sloop console login` prints.
    static func link(_ server: SignedPort, _ account: String) throws -> String {
        let url = try server.daemon.json("console", "login", "--account", account)["url"] as? String
        return try #require(url?.components(separatedBy: "token=").last)
    }

    @discardableResult
    func signIn(_ link: String, _ more: [String] = []) throws -> RawConnection.Reply {
        let reply = try send("POST", "/sign-in", ["link": link], more)
        if let set = reply.headers["set-cookie"] { cookie = String(set.prefix { $0 != ";" }) }
        return reply
    }

    func get(_ path: String, _ more: [String] = []) throws -> RawConnection.Reply {
        try send("GET", path, nil, more)
    }

    func text(_ path: String) throws -> String { String(decoding: try get(path).body, as: UTF8.self) }

    /// The token that the forms of this session have.
    func formToken() throws -> String {
        let match = try text("/settings").firstMatch(of: /name="form-token" value="([0-9a-f]+)"/)
        return String(try #require(match).1)
    }

    /// Sends a form as the page has it.
    func post(_ path: String, _ fields: [String: String] = [:], _ more: [String] = []) throws -> RawConnection.Reply {
        try send("POST", path, fields.merging(["form-token": formToken()]) { mine, _ in mine }, more)
    }

    func send(_ method: String, _ path: String, _ fields: [String: String]?, _ more: [String]) throws
        -> RawConnection.Reply
    {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: 127.0.0.1:\(server.port)"] + more
        if !cookie.isEmpty { lines.append("Cookie: \(cookie)") }
        let body = (fields ?? [:]).map { "\($0.key)=\(Visitor.encoded($0.value))" }.joined(separator: "&")
        if fields != nil {
            lines += ["Content-Type: application/x-www-form-urlencoded", "Content-Length: \(body.utf8.count)"]
        }
        let connection = try server.connect()
        connection.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        return connection.reply()
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// What a page's stream says within so many seconds, or until it ends.
    func stream(_ path: String, seconds: Double = 2) throws -> String {
        try Daemon.run(
            "/usr/bin/curl",
            ["-sN", "-m", "\(seconds)", "-H", "Cookie: \(cookie)", "http://127.0.0.1:\(server.port)/stream\(path)"],
            [:], in: server.daemon.folder
        ).out
    }
}
