package import Foundation
package import SloopModel
import SloopStore

/// Who may use the console, and for how long.
///
/// Whoever runs the server makes a link that signs in once. Sessions are in the store, as hashes, so that a restart of
/// the server ends none.
package struct ConsoleSessionService: Sendable {
    let world: World

    /// How long a link may be used.
    package static let linkLasts: TimeInterval = 600
    /// How long a session lasts at most, and without being used.
    package static let lasts: TimeInterval = 12 * 3600
    package static let lastsUnused: TimeInterval = 3600
    /// How often it is written down that a session is used.
    static let noteEvery: TimeInterval = 60

    /// A way to sign in once, with what is in no store.
    package struct Link: Sendable {
        package let account: Account
        package let token: String
        package let expiresAt: Date
    }

    /// Makes a link for the account. Throws `notFound` if there is no such account.
    package func link(for name: String) async throws -> Link {
        let account = try Account(checking: name)
        let link = Link(
            account: account, token: ConsoleToken.make(),
            expiresAt: world.now().addingTimeInterval(ConsoleSessionService.linkLasts))
        try await world.store.write { tables in
            guard try tables.has(account) else {
                throw SloopError(
                    .notFound, "there is no account '\(account)'",
                    tip: "make it with its first access key: sloop access-key create --account \(account)")
            }
            try tables.insert(
                ConsoleLink(
                    tokenHash: ConsoleToken.hash(link.token), account: account, expiresAt: link.expiresAt))
        }
        return link
    }

    /// Uses a link up. Throws `accessDenied` if it was used before, is too old, or never was one.
    package func signIn(_ token: String) async throws -> (session: ConsoleSession, token: String) {
        let (now, made) = (world.now(), ConsoleToken.make())
        let session = try await world.store.write { tables in
            try tables.forgetConsoleSessions(
                expiredBy: now, unusedSince: now.addingTimeInterval(-ConsoleSessionService.lastsUnused))
            guard let link = try tables.take(consoleLink: ConsoleToken.hash(token)) else {
                return nil as ConsoleSession?
            }
            let session = ConsoleSession(
                tokenHash: ConsoleToken.hash(made), account: link.account, createdAt: now,
                expiresAt: now.addingTimeInterval(ConsoleSessionService.lasts))
            try tables.insert(session)
            return session
        }
        guard let session else {
            throw SloopError(
                .accessDenied, "this link was used before, or is older than ten minutes",
                tip: "make another one: sloop console login")
        }
        return (session, made)
    }

    /// The session of what the browser shows; nil if it has ended or never began.
    ///
    /// - Parameter isUse: whether somebody asked for something, which keeps the session alive.
    package func find(_ token: String, isUse: Bool = true) async throws -> ConsoleSession? {
        let (hash, now) = (ConsoleToken.hash(token), world.now())
        guard let session = try await world.store.read({ try $0.consoleSession(hash) }), session.expiresAt > now,
            session.usedAt.addingTimeInterval(ConsoleSessionService.lastsUnused) > now
        else { return nil }
        if isUse && now.timeIntervalSince(session.usedAt) > ConsoleSessionService.noteEvery {
            try await world.store.write { try $0.didUse(consoleSession: hash, at: now) }
        }
        return session
    }

    /// What a form must bring along, so that no other site can have it sent: only who holds the session's token can tell.
    package func formToken(of token: String) -> String { ConsoleToken.hash(token, purpose: "form ") }

    package func signOut(_ token: String) async throws {
        try await world.store.write { try $0.endConsoleSession(ConsoleToken.hash(token)) }
    }

    /// Ends every session of the account, or everybody's, and makes links that were not used worthless.
    package func end(of account: String?) async throws -> Int {
        let account = try account.map { try Account(checking: $0) }
        return try await world.store.write { try $0.endConsoleSessions(of: account) }
    }
}
