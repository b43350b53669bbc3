import Crypto
package import Foundation
import GRDB
package import SloopModel

extension Tables {
    /// Whether there is such an account.
    package func has(_ account: Account) throws -> Bool {
        try Bool.fetchOne(db, sql: "SELECT 1 FROM account WHERE name = ?", arguments: [account]) ?? false
    }

    package func insert(_ link: ConsoleLink) throws { try link.insert(db) }

    /// Uses the link up: it is found once.
    package func take(consoleLink hash: String) throws -> ConsoleLink? {
        let link = try ConsoleLink.fetchOne(db, key: hash)
        try link?.delete(db)
        return link
    }

    package func insert(_ session: ConsoleSession) throws { try session.insert(db) }

    package func consoleSession(_ hash: String) throws -> ConsoleSession? {
        try one("SELECT * FROM consoleSession WHERE tokenHash = ?", [hash])
    }

    /// Notes that the session was used. One that has ended meanwhile stays ended.
    package func didUse(consoleSession hash: String, at time: Date) throws {
        try run("UPDATE consoleSession SET usedAt = ? WHERE tokenHash = ?", [time, hash])
    }

    package func endConsoleSession(_ hash: String) throws {
        try run("DELETE FROM consoleSession WHERE tokenHash = ?", [hash])
    }

    /// Ends every session and link of the account, or of all; says how many sessions there were.
    package func endConsoleSessions(of account: Account?) throws -> Int {
        try run("DELETE FROM consoleLink WHERE account = ?1 OR ?1 IS NULL", [account])
        try run("DELETE FROM consoleSession WHERE account = ?1 OR ?1 IS NULL", [account])
        return db.changesCount
    }

    /// Removes what has ended, or was not used since that time.
    package func forgetConsoleSessions(expiredBy now: Date, unusedSince time: Date) throws {
        try run("DELETE FROM consoleLink WHERE expiresAt <= ?", [now])
        try run("DELETE FROM consoleSession WHERE expiresAt <= ? OR usedAt <= ?", [now, time])
    }
}

/// What a browser is given to show again, and what is kept of it.
package enum ConsoleToken {
    /// 32 random bytes, as letters that may be in a URL and in a cookie.
    package static func make() -> String {
        SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }.base64EncodedString()
            .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    /// The SHA-256 in hex. Tokens are as random as keys, so that no slow hash is needed.
    package static func hash(_ token: String, purpose: String = "") -> String {
        SHA256.hash(data: Data((purpose + token).utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension ConsoleSession: FetchableRecord, PersistableRecord {
    static var databaseTableName: String { "consoleSession" }
}
extension ConsoleLink: FetchableRecord, PersistableRecord {
    static var databaseTableName: String { "consoleLink" }
}
