package import SloopModel
import SloopStore

/// The access keys that clients of the API sign with. For whoever runs the server: it sees every account's.
package struct APIAccessKeyService: Sendable {
    let world: World
    package let ring: APIAccessKeyRing

    /// A key that was made, with the secret that is shown this once.
    package struct Created: Sendable {
        package let key: APIAccessKey
        package let secret: String
    }

    /// Makes a key for the account, and the account if it is not there.
    package func create(for account: String) async throws -> Created {
        let account = try Account(checking: account)
        let created = Created(
            key: APIAccessKey(id: Self.newID(), account: account, isEnabled: true, createdAt: world.now()),
            secret: Self.newSecret())
        try await change { tables in
            try tables.ensure(account, at: created.key.createdAt)
            try tables.insert(created.key, secret: created.secret)
        }
        return created
    }

    /// Oldest first.
    package func list() async throws -> [APIAccessKey] {
        try await noteUses()
        return try await world.store.read { try $0.apiAccessKeys() }
    }

    /// From the return of this call on, calls that are signed with a disabled key are refused.
    package func set(_ id: String, isEnabled: Bool) async throws -> APIAccessKey {
        try await change { tables in
            var key = try tables.apiAccessKey(id)
            key.isEnabled = isEnabled
            try tables.update(key)
            return key
        }
    }

    /// Forgets the key and its secret; its account and what is in it stay.
    package func delete(_ id: String) async throws -> APIAccessKey {
        try await change { tables in
            let key = try tables.apiAccessKey(id)
            try tables.remove(key)
            return key
        }
    }

    /// Reads the keys into memory; for the start.
    func load() async throws {
        let ticket = ring.ticket()
        let entries = try await world.store.read { tables in
            try tables.apiAccessKeys().filter(\.isEnabled).reduce(into: [String: APIAccessKeyRing.Entry]()) {
                all, key in
                guard let secret = try tables.secret(SecretName.apiAccessKey(key.id)) else { return }
                all[key.id] = .init(account: key.account, secret: secret)
            }
        }
        ring.replace(with: entries, read: ticket)
    }

    /// Writes down when keys were last used; called again and again, since a write for each call would be too many.
    func noteUses() async throws {
        let uses = ring.takeUses()
        guard !uses.isEmpty else { return }
        try await world.store.write { try $0.note(uses: uses) }
    }

    private func change<Value: Sendable>(_ body: @escaping @Sendable (Tables) throws -> Value) async throws -> Value {
        let value = try await world.store.write(body)
        try await load()
        return value
    }

    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")

    /// 80 random bits.
    private static func newID() -> String {
        var random = SystemRandomNumberGenerator()
        return "AKIA" + String((0..<16).map { _ in letters.randomElement(using: &random) ?? "A" })
    }

    /// 40 letters and digits: 238 random bits.
    private static func newSecret() -> String {
        var random = SystemRandomNumberGenerator()
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<40).map { _ in letters.randomElement(using: &random) ?? "a" })
    }
}
