package import Foundation

/// What a client signs its calls with: an id, and a secret that was shown once.
package struct APIAccessKey: Codable, Hashable, Sendable {
    /// `AKIA` and 16 letters or digits, as clients of Lightsail know them.
    package var id: String
    /// Whose resources its holder sees.
    package var account: Account
    package var isEnabled: Bool
    package var createdAt: Date
    /// When a call was last signed with it, to within seconds; nil if none ever was.
    package var lastUsedAt: Date?

    package init(id: String, account: Account, isEnabled: Bool, createdAt: Date, lastUsedAt: Date? = nil) {
        self.id = id
        self.account = account
        self.isEnabled = isEnabled
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
    }
}
