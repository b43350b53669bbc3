import Foundation
import HTTPTypes
import SloopModel
import SloopProvisioner

/// Where somebody comes who is not signed in, by a link or without one.
struct SignInPage: Sendable {
    let request: PageRequest

    init(_ request: PageRequest) { self.request = request }

    private struct Content: Sendable {
        /// What the link brought along.
        let link: String?
        let next: String
        let signInFault: Fault?
    }

    func answer(_ console: Console) async throws -> PageAnswer {
        guard request.method == .post else {
            return try page(console, link: request.query["token"], next: request.query["next"] ?? "/")
        }
        let now = console.provisioner.now
        if let seconds = console.signIns.wait(for: request.peer, at: now) {
            var answer = try page(
                console, link: nil, next: "/", status: .tooManyRequests,
                SloopError(
                    .busy, "too many sign-ins failed", tip: "try again in \(Wording.count(seconds, "second"))"))
            answer.headers[.retryAfter] = "\(seconds)"
            return answer
        }
        do {
            let made = try await console.provisioner.consoleSessions.signIn(SignInPage.token(of: request.form["link"]))
            var answer = PageAnswer.seeOther(SignInPage.place(request.form["next"]))
            answer.headers[.setCookie] = cookie(console, made.token, seconds: Int(ConsoleSessionService.lasts))
            return answer
        } catch let error as SloopError where error.code == .accessDenied {
            console.signIns.didFail(request.peer, at: now)
            return try page(console, link: nil, next: request.form["next"], status: .forbidden, error)
        }
    }

    /// Somebody may paste the whole link.
    private static func token(of text: String) -> String {
        String(text.firstRange(of: "token=").map { text[$0.upperBound...] } ?? text[...])
    }

    /// A place in the console, and nowhere else.
    static func place(_ next: String) -> String {
        next.wholeMatch(of: /\/[A-Za-z0-9._\/-]*/) != nil && !next.hasPrefix("//") ? next : "/"
    }

    private func cookie(_ console: Console, _ value: String, seconds: Int) -> String {
        "\(console.cookieName)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Strict"
            + (request.isSentOverTLS ? "; Secure" : "")
    }

    private func page(
        _ console: Console, link: String?, next: String, status: HTTPResponse.Status = .ok, _ error: SloopError? = nil
    ) throws -> PageAnswer {
        let content = Content(
            link: link.flatMap { $0.isEmpty ? nil : $0 }, next: SignInPage.place(next),
            signInFault: error.map { Fault($0) })
        let frame = Frame(
            title: "Sign in", template: "sign-in", page: content, entries: [], account: nil, formToken: "",
            stream: nil, version: Assets.version, engine: "")
        return .html(try console.templates.render(frame, "layout"), status: status)
    }
}

extension Visit {
    func signOut() async throws -> PageAnswer {
        try await provisioner.consoleSessions.signOut(token)
        await provisioner.closeStaleTerminals()
        var answer = PageAnswer.seeOther("/sign-in")
        answer.headers[.setCookie] = "\(console.cookieName)=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
        return answer
    }
}
