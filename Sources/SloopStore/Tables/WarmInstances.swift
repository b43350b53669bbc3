import GRDB
package import SloopModel

// A machine that is kept ready has a row like any instance, of an account that nobody has, with what it was made by in the
// place of the bundle.

extension Tables {
    private static let isReady = """
        FROM instance
        JOIN instanceKey ON instanceKey.instance = instance.id AND role = 'access' AND status = 'current'
        JOIN accessKey ON accessKey.fingerprint = instanceKey.fingerprint AND isCurrent = 1
        WHERE account = ? AND state = 'running' AND blueprint = ? AND bundle = ?
        AND NOT EXISTS (SELECT 1 FROM sagaLock WHERE resource = 'instance:' || instance.id)
        """

    /// One that is up, was made so, takes the access key of today, and that nothing is at work on; the oldest.
    package func warmInstance(_ blueprint: String, madeBy recipe: String) throws -> Instance? {
        try one(
            "SELECT instance.* \(Tables.isReady) ORDER BY instance.createdAt, instance.rowid LIMIT 1",
            [Account.warm, blueprint, recipe])
    }

    /// How many of those there are.
    package func warmInstances(_ blueprint: String, madeBy recipe: String) throws -> Int {
        try Int.fetchOne(
            db, sql: "SELECT COUNT(*) \(Tables.isReady)", arguments: [Account.warm, blueprint, recipe]) ?? 0
    }

    /// Makes the machine the account's: the row with its id becomes the other. The new name is taken already.
    package func handOver(_ warm: Instance, as instance: Instance) throws {
        try instance.update(db)
        try release(name: warm.name, of: warm.account)
        // What it did before is nothing of its owner's.
        try run("DELETE FROM metricSample WHERE instance = ?", [warm.id])
    }
}
