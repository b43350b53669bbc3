import Foundation
import GRDB
import SloopModel

extension Tables {
    /// The tables that have a name and a column of tags, by type of resource.
    private static let tagged = [
        "Instance": "instance", "KeyPair": "keyPair", "Disk": "disk", "InstanceSnapshot": "snapshot",
        "DiskSnapshot": "snapshot", "Alarm": "alarm", "Domain": "domain",
    ]

    /// The tags of a resource of that type; nil if it can have none.
    package func tags(of name: String, type: String) throws -> [String: String]? {
        guard let table = Tables.tagged[type],
            let json = try String.fetchOne(
                db, sql: "SELECT tags FROM \(table) WHERE account = ? AND name = ?", arguments: [owner(), name])
        else { return nil }
        return try JSONDecoder().decode([String: String].self, from: Data(json.utf8))
    }

    package func set(tags: [String: String], of name: String, type: String) throws {
        guard let table = Tables.tagged[type] else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        try db.execute(
            sql: "UPDATE \(table) SET tags = ? WHERE account = ? AND name = ?",
            arguments: [String(decoding: encoder.encode(tags), as: UTF8.self), owner(), name])
    }
}
