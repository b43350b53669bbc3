import Foundation
import GRDB
import Synchronization

/// Keeps SQLite's log short. SQLite begins it anew only at a moment when nobody reads: under the load of many clients there is none,
/// and the log would grow by megabytes a second.
final class LogKeeper: Sendable {
    /// Bytes from which on it is emptied.
    static let limit = 16 << 20
    /// How long writers wait for those who read at that moment; who reads for longer, as a backup does, is not waited for.
    private static let patience = Duration.milliseconds(200)
    private static let pause = Duration.seconds(2)

    private let log: String
    private let next = Mutex(ContinuousClock.now)

    /// - Parameter file: of the database.
    init(of file: String) { log = file + "-wal" }

    /// Empties the log if it is long, on the connection that writes and outside of a transaction.
    func look(_ db: Database) {
        var info = stat()
        guard stat(log, &info) == 0, info.st_size > LogKeeper.limit, next.withLock({ $0 <= .now }) else { return }
        // What fails here has lost nothing, and is tried again.
        let isBusy = try? LogKeeper.hurrying(db) {
            try Bool.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
        if isBusy ?? true { next.withLock { $0 = .now + LogKeeper.pause } }
    }

    private static func hurrying<Value>(_ db: Database, _ body: () throws -> Value) throws -> Value {
        let usual = try Int.fetchOne(db, sql: "PRAGMA busy_timeout") ?? 0
        try db.execute(sql: "PRAGMA busy_timeout = \(Int(patience / .milliseconds(1)))")
        let result = Result { try body() }
        try db.execute(sql: "PRAGMA busy_timeout = \(usual)")
        return try result.get()
    }
}
