import Foundation
import HTTPTypes
import SloopModel
import SloopProvisioner

/// A shell on an instance, in the browser.
struct TerminalPage: Page {
    let template = "terminal"
    let entry = Menu.instances
    let name: String

    init(_ name: String) { self.name = name }

    struct Content: Sendable {
        let name: String
        let username: String
        /// Why there is none now; nil if there can be one.
        let obstacle: String?
        /// The command that takes the obstacle away; nil if none does.
        let remedy: String?
        let library: String
        let scripts: String
    }

    func title(_ content: Content) -> String { "Terminal on \(content.name)" }

    func content(_ visit: Visit) async throws -> Content {
        let instance = try await visit.services.instances.find(name).instance
        let library = visit.console.terminalLibrary
        let isRunning = instance.state == .running
        return Content(
            name: name, username: instance.username,
            obstacle: library.obstacle.map(Wording.sentence)
                ?? (isRunning
                    ? nil : "The instance is \(Wording.chip(instance.state).word); a terminal needs one that runs."),
            remedy: library.obstacle == nil ? nil : TerminalLibrary.remedy, library: library.version ?? "",
            scripts: Assets.version)
    }
}

/// What the page's script sends; the answers are for it, and are short texts.
extension Visit {
    private func answering(_ body: () async throws -> PageAnswer) async throws -> PageAnswer {
        do {
            return try await body()
        } catch let error as SloopError where error.code != .unexpected && error.code != .storage {
            let fault = Fault(error)
            return .text([fault.message, fault.advice].compactMap(\.self).joined(separator: " "), status: error.status)
        }
    }

    private var terminalSize: (columns: Int, rows: Int) {
        get throws { (try form.number("columns", "the width"), try form.number("rows", "the height")) }
    }

    /// Whether the session is still one, asked as long as a terminal is open.
    private var isSignedIn: @Sendable () async -> Bool {
        { [sessions = provisioner.consoleSessions, token] in (try? await sessions.find(token, isUse: false)) != nil }
    }

    func openTerminal() async throws -> PageAnswer {
        try await answering {
            let (columns, rows) = try terminalSize
            let terminal = try await services.terminals.open(
                name, columns: columns, rows: rows, isAllowed: isSignedIn)
            return .text(terminal.id, status: .created)
        }
    }

    func typeInTerminal() async throws -> PageAnswer {
        try await answering {
            try await services.terminals.find(name).type(Array(form.exact("keys").utf8))
            return .nothing
        }
    }

    func resizeTerminal() async throws -> PageAnswer {
        try await answering {
            let (columns, rows) = try terminalSize
            try await services.terminals.find(name).resize(columns: columns, rows: rows)
            return .nothing
        }
    }

    func closeTerminal() async throws -> PageAnswer {
        try await answering {
            try await services.terminals.close(name)
            return .nothing
        }
    }

    /// What the terminal shows, from where the browser lost it.
    func showTerminal() async throws -> PageAnswer {
        let (streams, account) = (console.streams, session.account)
        guard let terminal = try? await services.terminals.find(name) else { return .over }
        try streams.enter(account)
        let offset = request.headers[.lastEventID].flatMap { Int($0) } ?? 0
        return .events(
            TerminalStream(terminal, after: offset, isAllowed: isSignedIn) { streams.leave(account) })
    }
}

extension HTTPField.Name {
    fileprivate static let lastEventID = HTTPField.Name("Last-Event-ID")!
}
