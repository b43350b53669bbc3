import Foundation
import GRDB
package import SloopModel

extension Tables {
    /// Takes the name for a resource of that type (`Instance`, `KeyPair`).
    ///
    /// Throws `nameExists` if any resource has it, whatever its type.
    package func claim(name: String, type: String) throws {
        if let other = try self.type(ofResource: name) {
            throw SloopError(
                .nameExists, "Some names are already in use: \(name)",
                tip: "'\(name)' is the name of \(Tables.words[other] ?? "something else"); choose another")
        }
        try run("INSERT INTO resourceName (account, name, type) VALUES (?, ?, ?)", [owner(), name, type])
    }

    private static let words = [
        "Instance": "an instance", "KeyPair": "a key pair", "StaticIp": "a static address", "Disk": "a disk",
        "InstanceSnapshot": "a snapshot", "DiskSnapshot": "a snapshot of a disk", "Alarm": "an alarm",
        "Domain": "a domain",
    ]

    /// The type of the resource that has the name; nil if none has.
    package func type(ofResource name: String) throws -> String? {
        try value("SELECT type FROM resourceName WHERE account = ? AND name = ?", [owner(), name])
    }

    /// The names that are in use after that one, sorted; at most so many.
    package func names(after name: String?, limit: Int) throws -> [String] {
        try String.fetchAll(
            db, sql: "SELECT name FROM resourceName WHERE account = ? AND name > ? ORDER BY name LIMIT ?",
            arguments: [owner(), name ?? "", limit])
    }

    /// Gives the name back; nothing happens if it is free.
    package func release(name: String, of account: Account) throws {
        try run("DELETE FROM resourceName WHERE account = ? AND name = ?", [account, name])
    }

    /// The value of a setting of this installation.
    package func setting(_ name: String) throws -> String? {
        try value("SELECT value FROM setting WHERE name = ?", [name])
    }

    package func set(setting name: String, to value: String) throws {
        try run(
            "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [name, value])
    }

    package func forget(setting name: String) throws {
        try run("DELETE FROM setting WHERE name = ?", [name])
    }

    /// Opens a sealed secret; nil if there is none of that name.
    package func secret(_ name: String) throws -> String? {
        let sealed: Data? = try value("SELECT sealed FROM secret WHERE name = ?", [name])
        return try sealed.map { try vault.open($0, name: name) }
    }

    /// Seals the text under the name, in place of what was there.
    package func set(secret name: String, to text: String) throws {
        try run(
            "INSERT INTO secret (name, sealed) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed",
            [name, try vault.seal(text, name: name)])
    }

    package func forget(secret name: String) throws {
        try run("DELETE FROM secret WHERE name = ?", [name])
    }
}
