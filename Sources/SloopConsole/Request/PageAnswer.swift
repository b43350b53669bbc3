package import Foundation
package import HTTPTypes

/// What a browser gets.
package struct PageAnswer: Sendable {
    package enum Body: Sendable {
        case bytes(Data)
        /// Server-sent events, as long as there are any.
        case events(any PageEvents)
    }

    package var status: HTTPResponse.Status
    package var headers: HTTPFields
    package var body: Body

    init(_ status: HTTPResponse.Status, _ type: String, _ body: Body) {
        self.status = status
        headers = PageAnswer.guards
        headers[.contentType] = type
        headers[.cacheControl] = "no-store"
        self.body = body
    }

    static func html(_ text: String, status: HTTPResponse.Status = .ok) -> PageAnswer {
        PageAnswer(status, "text/html; charset=utf-8", .bytes(Data(text.utf8)))
    }

    static func text(_ text: String, status: HTTPResponse.Status) -> PageAnswer {
        PageAnswer(status, "text/plain; charset=utf-8", .bytes(Data((text + "\n").utf8)))
    }

    /// For a script of a page.
    static func json(_ fields: [String: String]) throws -> PageAnswer {
        PageAnswer(.ok, "application/json", .bytes(try JSONEncoder().encode(fields)))
    }

    /// What was asked for is done, and there is nothing to say.
    static let nothing = PageAnswer(.noContent, "text/plain; charset=utf-8", .bytes(Data()))

    /// Sends the browser on, by a GET.
    static func seeOther(_ path: String) -> PageAnswer {
        var answer = PageAnswer(.seeOther, "text/plain; charset=utf-8", .bytes(Data()))
        answer.headers[.location] = path
        return answer
    }

    /// Tells a page that is still open that nobody is signed in any more.
    static let ended = PageAnswer(
        .ok, "text/event-stream; charset=utf-8", .bytes(Data(EventStream.event("ended", "").utf8)))

    /// Tells a page that its terminal has ended.
    static let over = PageAnswer(
        .ok, "text/event-stream; charset=utf-8", .bytes(Data(EventStream.event("over", "").utf8)))

    static func events(_ stream: any PageEvents) -> PageAnswer {
        var answer = PageAnswer(.ok, "text/event-stream; charset=utf-8", .events(stream))
        // A proxy in between must not keep them back.
        answer.headers[HTTPField.Name("X-Accel-Buffering")!] = "no"
        return answer
    }

    /// A file that never changes under its name.
    static func asset(_ type: String, _ bytes: [UInt8], isForever: Bool) -> PageAnswer {
        var answer = PageAnswer(.ok, type, .bytes(Data(bytes)))
        answer.headers[.cacheControl] = isForever ? "public, max-age=31536000, immutable" : "no-cache"
        return answer
    }

    /// Nothing runs in a page but what this server sends as a file, and no other site may frame it or have it sent.
    private static let guards: HTTPFields = [
        .contentSecurityPolicy:
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
            + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        .xContentTypeOptions: "nosniff",
        HTTPField.Name("X-Frame-Options")!: "DENY",
        HTTPField.Name("Referrer-Policy")!: "same-origin",
        HTTPField.Name("Cross-Origin-Opener-Policy")!: "same-origin",
        HTTPField.Name("Cross-Origin-Resource-Policy")!: "same-origin",
        HTTPField.Name("Permissions-Policy")!: "camera=(), geolocation=(), microphone=()",
    ]
}
