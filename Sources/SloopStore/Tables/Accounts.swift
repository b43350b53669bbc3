package import Foundation
import GRDB
package import SloopModel

extension Tables {
    /// Records the account, unless it is there.
    package func ensure(_ account: Account, at time: Date) throws {
        try run(
            "INSERT INTO account (name, createdAt) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", [account, time])
    }

    /// All accounts, by name.
    package func accounts() throws -> [Account] {
        try String.fetchAll(db, sql: "SELECT name FROM account ORDER BY name").map { Account(known: $0) }
    }
}
