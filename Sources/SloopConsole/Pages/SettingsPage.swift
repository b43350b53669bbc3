import Foundation
import SloopModel
import SloopProvisioner

/// Access keys for programs, and what there is to know of the server.
struct SettingsPage: Page {
    let template = "settings"
    let entry = Menu.settings

    struct Row: Sendable {
        let id: String
        let isEnabled: Bool
        let chip: Chip
        let usedAt: String
        let madeAt: Moment
    }

    struct Content: Sendable {
        let accessKeys: [Row]
        let hasAccessKeys: Bool
        let endpoint: String
        let region: String
        let sloopVersion: String
        let engineName: String
        let sessionEndsAt: Moment
    }

    func title(_ content: Content) -> String { "Settings" }

    func content(_ visit: Visit) async throws -> Content {
        let keys = try await visit.ownAccessKeys()
        let facts = visit.console.facts
        return Content(
            accessKeys: keys.map { key in
                Row(
                    id: key.id, isEnabled: key.isEnabled,
                    chip: key.isEnabled ? Chip("enabled", .good) : Chip("disabled", .quiet),
                    usedAt: key.lastUsedAt.map { Moment($0).text } ?? "never", madeAt: Moment(key.createdAt))
            }, hasAccessKeys: !keys.isEmpty, endpoint: facts.endpoint() ?? "", region: facts.region,
            sloopVersion: facts.version, engineName: visit.provisioner.engineName,
            sessionEndsAt: Moment(visit.session.expiresAt))
    }
}

/// A new access key, with the secret that is in this page and nowhere else, and how clients are given it.
struct AccessKeyMadePage: Page {
    let template = "access-key-made"
    let entry = Menu.settings
    let made: APIAccessKeyService.Created

    struct Content: Sendable {
        let id: String
        let secret: String
        let region: String
        let endpoint: String
    }

    func title(_ content: Content) -> String { "Your new access key" }

    func content(_ visit: Visit) async throws -> Content {
        Content(
            id: made.key.id, secret: made.secret, region: visit.console.facts.region,
            endpoint: visit.console.facts.endpoint() ?? "http://127.0.0.1:8080")
    }
}

extension Visit {
    /// The account's own. The service has everybody's.
    func ownAccessKeys() async throws -> [APIAccessKey] {
        try await provisioner.accessKeys.list().filter { $0.account == session.account }
    }

    func createAccessKey() async throws -> PageAnswer {
        let made = try await provisioner.accessKeys.create(for: session.account.name)
        return try await AccessKeyMadePage(made: made).answer(self)
    }

    func changeAccessKey(_ body: (APIAccessKeyService) async throws -> Void) async throws -> PageAnswer {
        guard try await ownAccessKeys().contains(where: { $0.id == name }) else {
            throw SloopError(.notFound, "there is no access key '\(name.prefix(40))'", tip: "see them in the settings")
        }
        try await body(provisioner.accessKeys)
        return .seeOther("/settings")
    }
}
