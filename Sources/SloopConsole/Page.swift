import Foundation
import HTTPTypes
import SloopModel
import SloopProvisioner

/// A page: what it shows, and by which template.
protocol Page: Sendable {
    associatedtype Content: Sendable

    /// The template, and in the menu the entry that it belongs to.
    var template: String { get }
    var entry: Menu { get }
    /// The templates of what changes while it is looked at.
    var parts: [String] { get }
    /// Its own path, by which its stream is found; nil if it has none.
    var path: String? { get }
    /// The instance whose launch log is followed.
    var logged: String? { get }

    func title(_ content: Content) -> String
    func content(_ visit: Visit) async throws -> Content
}

extension Page {
    var parts: [String] { [] }
    var path: String? { nil }
    var logged: String? { nil }

    func answer(_ visit: Visit, status: HTTPResponse.Status = .ok) async throws -> PageAnswer {
        let content = try await content(visit)
        let frame = Frame(
            title: title(content), template: template, page: content, entries: Menu.entries(entry),
            account:
                visit.session.account.name, formToken: visit.formToken,
            stream: parts.isEmpty ? nil : path.map { "/stream" + $0 }, partNames: parts.joined(separator: " "),
            version: Assets.version, engine: visit.provisioner.engineName)
        return .html(try visit.console.templates.render(frame, "layout"), status: status)
    }

    /// What changes on it, from now on.
    func stream(_ visit: Visit) async throws -> PageAnswer {
        // A page that cannot be shown has no stream.
        _ = try await content(visit)
        let (streams, account) = (visit.console.streams, visit.session.account)
        try streams.enter(account)
        let sessions = visit.provisioner.consoleSessions
        return .events(
            EventStream(
                changes: visit.provisioner.changes,
                log: logged.map { LogFollower(visit.services.launches, of: $0) },
                isSignedIn: { [token = visit.token] in
                    (try? await sessions.find(token, isUse: false)) != nil
                }, leave: { streams.leave(account) }
            ) {
                let frame = Frame(
                    title: "", template: "", page: try await content(visit), entries: [], account: account.name,
                    formToken: visit.formToken, stream: nil, version: "", engine: visit.provisioner.engineName)
                return try parts.map { part in
                    var frame = frame
                    frame.template = part
                    return PagePart(name: part, html: try visit.console.templates.render(frame, "part"))
                }
            })
    }
}

/// What is around the content of every page. The names are the templates'.
struct Frame: Sendable {
    var title: String
    var template: String
    var page: any Sendable
    var entries: [Menu.Entry]
    /// Nil for somebody who is not signed in.
    var account: String?
    var formToken: String
    var stream: String?
    /// The events of the stream that draw something.
    var partNames = ""
    var version: String
    var engine: String
}

/// The pages that every page leads to.
enum Menu: String, CaseIterable, Sendable {
    case instances = "Instances"
    case keys = "Keys"
    case storage = "Storage"
    case alarms = "Alarms"
    case cost = "Cost"
    case operations = "Operations"
    case settings = "Settings"

    struct Entry: Sendable {
        let label: String
        let href: String
        let isCurrent: Bool
    }

    static func entries(_ current: Menu?) -> [Entry] {
        allCases.map { entry in
            Entry(
                label: entry.rawValue, href: entry == .instances ? "/" : "/\(entry.rawValue.lowercased())",
                isCurrent: entry == current)
        }
    }
}
