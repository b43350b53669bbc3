import GRDB

/// What is over is kept for a while, and not for ever: a server that runs for years must not grow with all it ever did.
extension Tables {
    /// Operations, and rotations of keys, that are kept after their end.
    package static let historyLength = 20_000

    /// Forgets the oldest operations and rotations that are over, beyond the newest that are kept.
    ///
    /// What has not ended, is stuck, or has a target that waits is kept however old it is.
    ///
    /// - Parameters:
    ///   - length: how many are kept of each.
    ///   - limit: how many may go at once, so that no write waits long for this one.
    package func forgetHistory(beyond length: Int = Tables.historyLength, atMost limit: Int = 5000) throws {
        // An operation that follows another one goes with it.
        try run(
            """
            DELETE FROM saga WHERE rowid IN (
                SELECT rowid FROM saga
                WHERE rowid < (SELECT rowid FROM saga ORDER BY rowid DESC LIMIT 1 OFFSET ?)
                    AND status IN ('Succeeded', 'Failed') AND follows IS NULL
                ORDER BY rowid LIMIT ?)
            """, [max(0, length - 1), limit])
        try run(
            """
            DELETE FROM keyRotation WHERE rowid IN (
                SELECT rowid FROM keyRotation
                WHERE rowid < (SELECT rowid FROM keyRotation ORDER BY rowid DESC LIMIT 1 OFFSET ?) AND status = 'done'
                ORDER BY rowid LIMIT ?)
            """, [max(0, length - 1), limit])
    }
}
