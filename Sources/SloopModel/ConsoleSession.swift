package import Foundation

/// Somebody who is signed in to the console, in one browser.
package struct ConsoleSession: Codable, Hashable, Sendable {
    /// The SHA-256 of what the browser holds, in hex. What the browser holds is kept nowhere.
    package var tokenHash: String
    /// Whose resources are seen.
    package var account: Account
    package var createdAt: Date
    /// When a page was last asked for, to within a minute.
    package var usedAt: Date
    /// When it ends, however much it is used.
    package var expiresAt: Date

    package init(tokenHash: String, account: Account, createdAt: Date, expiresAt: Date) {
        self.tokenHash = tokenHash
        self.account = account
        self.createdAt = createdAt
        self.usedAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// A way to sign in to the console once.
package struct ConsoleLink: Codable, Hashable, Sendable {
    /// The SHA-256 of the link's token, in hex.
    package var tokenHash: String
    package var account: Account
    package var expiresAt: Date

    package init(tokenHash: String, account: Account, expiresAt: Date) {
        self.tokenHash = tokenHash
        self.account = account
        self.expiresAt = expiresAt
    }
}
