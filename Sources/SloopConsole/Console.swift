import Foundation
import HTTPTypes
package import Logging
import SloopModel
package import SloopProvisioner

/// The console: pages over the same services that answer the API's calls.
///
/// Where a page belongs: its route in `Routes.swift`, what it shows in `Pages/`, how it looks in `Templates/` and
/// `Assets/console.css`. It knows no HTTP server; ``SloopConsole/PageRequest`` and ``SloopConsole/PageAnswer`` are all.
package struct Console: Sendable {
    let provisioner: Provisioner
    let facts: Facts
    let logger: Logger
    let templates: Templates
    let signIns = SignInLimit()
    let streams = StreamCount()
    let terminalLibrary = TerminalLibrary()

    /// What the server knows of itself.
    package struct Facts: Sendable {
        let version: String
        /// The region that access keys are for.
        let region: String
        let installation: String
        /// Where clients send their calls, as soon as it is known.
        let endpoint: @Sendable () -> String?

        package init(
            version: String, region: String, installation: String, endpoint: @escaping @Sendable () -> String?
        ) {
            self.version = version
            self.region = region
            self.installation = installation
            self.endpoint = endpoint
        }
    }

    /// Reads the templates, which are in the program; throws if one of them has a fault.
    package init(_ provisioner: Provisioner, _ facts: Facts, logger: Logger) throws {
        self.provisioner = provisioner
        self.facts = facts
        self.logger = logger
        templates = try Templates()
    }

    /// The session's cookie. Two Sloops on one host, at two ports, do not sign each other out.
    var cookieName: String { "sloop-\(facts.installation.prefix(8))" }

    /// Answers every request, also one that makes no sense.
    package func answer(_ request: PageRequest) async -> PageAnswer {
        do {
            return try await respond(to: request)
        } catch {
            return fault(error, request)
        }
    }

    /// What is shown in place of a page. What nobody outside can help is in the log, and not in it.
    private func fault(_ error: any Error, _ request: PageRequest, of visit: Visit? = nil) -> PageAnswer {
        switch error {
        case is CancellationError: return .text("sloop is going down; try again", status: .serviceUnavailable)
        case let error as SloopError where error.code != .unexpected && error.code != .storage:
            return FaultPage(error).answer(self, to: visit)
        default:
            logger.error("a page failed", metadata: ["path": "\(request.path)", "error": "\(error)"])
            let shown = SloopError(
                .unexpected, "something unexpected happened in sloop", tip: "the log of 'sloop serve' has the cause")
            return FaultPage(shown).answer(self, to: visit)
        }
    }

    private func respond(to request: PageRequest) async throws -> PageAnswer {
        guard [.get, .head, .post].contains(request.method) else {
            return .text("\(request.method) is not offered", status: .methodNotAllowed)
        }
        if request.path.first == "assets" || request.path == ["favicon.ico"] {
            let name = request.path.last ?? ""
            return try Assets.answer(name) ?? terminalLibrary.answer(name)
                ?? FaultPage.nothingThere(request).answer(self)
        }
        if request.method == .post && request.isForeign {
            throw SloopError(
                .accessDenied, "this was sent by another site", tip: "open the console and do it there")
        }
        if request.path == ["sign-in"] { return try await SignInPage(request).answer(self) }
        guard let token = request.cookie(cookieName), let session = try await provisioner.consoleSessions.find(token)
        else { return signedOut(request) }
        let visit = Visit(self, request, session, token: token)
        guard request.method != .post || visit.hasFormToken else {
            throw SloopError(
                .accessDenied, "this form was not made for this session, or it is from before you signed in",
                tip: "go back, load the page again, and send the form from there")
        }
        do {
            return try await visit.answer()
        } catch {
            return fault(error, request, of: visit)
        }
    }

    /// To the sign-in, and from there to where the browser wanted to go.
    private func signedOut(_ request: PageRequest) -> PageAnswer {
        if request.path.first == "stream" { return .ended }
        let wanted = request.method == .post ? "/" : SignInPage.place("/" + request.path.joined(separator: "/"))
        return .seeOther("/sign-in" + (wanted == "/" ? "" : "?next=\(wanted)"))
    }
}

/// A request of somebody who is signed in.
struct Visit: Sendable {
    let console: Console
    let request: PageRequest
    let session: ConsoleSession
    /// What the browser shows; in no page, and in no log.
    let token: String

    /// What Sloop does for the account, and nothing of another's.
    let services: AccountServices

    init(_ console: Console, _ request: PageRequest, _ session: ConsoleSession, token: String) {
        self.console = console
        self.request = request
        self.session = session
        self.token = token
        place = request.path
        services = console.provisioner.of(session.account)
    }

    var provisioner: Provisioner { console.provisioner }
    var form: FormFields { request.form }
    /// The path of the page that it is about.
    var place: [String]
    /// The name in that path: `web` of `/instances/web/delete`.
    var name: String { place.count > 1 ? place[1] : "" }

    var formToken: String { provisioner.consoleSessions.formToken(of: token) }

    /// Whether the form is one of this session's. The comparison takes as long whatever is wrong.
    var hasFormToken: Bool {
        let (given, right) = (Array(form["form-token"].utf8), Array(formToken.utf8))
        return given.count == right.count && zip(given, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// Where the form wants to go back to; only within the console.
    func back(to usual: String) -> PageAnswer {
        let wanted = form["back"]
        let isPlain = wanted.wholeMatch(of: /\/[A-Za-z0-9._\/-]*(#[a-z-]+)?/) != nil && !wanted.hasPrefix("//")
        return .seeOther(isPlain ? wanted : usual)
    }
}
