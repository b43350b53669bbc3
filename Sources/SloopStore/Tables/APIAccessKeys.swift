package import Foundation
import GRDB
package import SloopModel

extension Tables {
    /// Makes the account if it is not there.
    package func ensure(_ account: Account, at time: Date) throws {
        try run("INSERT INTO account (name, createdAt) VALUES (?, ?) ON CONFLICT DO NOTHING", [account, time])
    }

    /// All access keys of the API, oldest first.
    package func apiAccessKeys() throws -> [APIAccessKey] {
        try APIAccessKey.order(Column("createdAt"), Column("id")).fetchAll(db)
    }

    /// Throws `notFound` if there is none.
    package func apiAccessKey(_ id: String) throws -> APIAccessKey {
        if let key = try APIAccessKey.filter(Column("id") == id).fetchOne(db) { return key }
        throw SloopError(
            .notFound, "there is no access key '\(id.prefix(40))'", tip: "see them with: sloop access-key list")
    }

    package func insert(_ key: APIAccessKey, secret: String) throws {
        try key.insert(db)
        try set(secret: SecretName.apiAccessKey(key.id), to: secret)
    }

    package func update(_ key: APIAccessKey) throws { try key.update(db) }

    /// Removes the row and the secret.
    package func remove(_ key: APIAccessKey) throws {
        try key.delete(db)
        try forget(secret: SecretName.apiAccessKey(key.id))
    }

    /// Notes when the keys were last used, by their ids. Those that are gone are passed over.
    package func note(uses: [String: Date]) throws {
        for (id, time) in uses { try run("UPDATE apiKey SET lastUsedAt = ? WHERE id = ?", [time, id]) }
    }
}

extension SecretName {
    /// What the holder of an access key of the API signs with.
    package static func apiAccessKey(_ id: String) -> String { "api-key/\(id)" }
}

extension APIAccessKey: FetchableRecord, PersistableRecord {
    static var databaseTableName: String { "apiKey" }
}
