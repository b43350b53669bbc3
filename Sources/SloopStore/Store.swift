package import Foundation
import GRDB
package import SloopModel

/// The SQLite file of a Sloop, and the only way to write it.
///
/// Every write is a transaction that is on disk when the call returns (WAL, `synchronous = FULL`). Writes that
/// wait at the same moment share one transaction and one fsync; each still succeeds or fails on its own.
package final class Store: Sendable {
    private let pool: DatabasePool
    private let queue: WriteQueue
    package let vault: Vault
    /// Whose resources are seen; nil for everybody's.
    package let account: Account?
    /// The time in whole milliseconds, as times are kept.
    package let now: @Sendable () -> Date
    private let scheduler: (any StoreScheduler)?

    /// Opens the file in the folder, makes it if it is not there, and migrates it.
    ///
    /// Throws `storage` if the file is locked, damaged, unwritable, or from a newer Sloop; nothing is changed then.
    ///
    /// - Parameter scheduler: says when the work is done, for a simulation; nil for SQLite's own threads.
    package init(
        folder: URL, vault: Vault, now: @escaping @Sendable () -> Date = Store.clock,
        scheduler: (any StoreScheduler)? = nil
    ) throws {
        let file = folder.appending(path: Store.fileName).path
        var configuration = Configuration()
        configuration.busyMode = .timeout(2)
        configuration.foreignKeysEnabled = true
        do {
            // SQLite would leave it open to readers, and gives its other files the mode of this one.
            if access(file, F_OK) != 0 { try DurableFile.makeEmpty(file) }
            pool = try DatabasePool(path: file, configuration: configuration)
            if try pool.read({ try Schema.migrator.hasBeenSuperseded($0) }) {
                throw SloopError(
                    .storage, "\(file) was written by a newer sloop",
                    tip: "run that version, or restore a backup made by this one")
            }
            let damage = try pool.read { try String.fetchAll($0, sql: "PRAGMA quick_check(1)") }
            guard damage == ["ok"] else {
                throw SloopError(
                    .storage, "\(file) is damaged: \(damage.joined(separator: "; "))",
                    tip: "keep a copy of the folder and restore a backup")
            }
            // GRDB chooses NORMAL for WAL, which may lose the last commits when the power goes.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try Schema.migrator.migrate(pool)
        } catch {
            throw Store.explain(error, file)
        }
        self.vault = vault
        account = nil
        self.now = now
        self.scheduler = scheduler
        queue = WriteQueue(pool: pool, file: file, vault: vault, now: now, scheduler: scheduler)
    }

    private init(_ other: Store, account: Account) {
        pool = other.pool
        queue = other.queue
        vault = other.vault
        now = other.now
        scheduler = other.scheduler
        self.account = account
    }

    /// The same store as that account sees it: names are looked up among its resources, and lists have only these.
    package func of(_ account: Account) -> Store { Store(self, account: account) }

    /// The account that the store is seen as. Throws if it is seen as nobody's in particular.
    package func owner() throws -> Account {
        guard let account else { throw SloopError(.unexpected, "a name was used without an account") }
        return account
    }

    package static let fileName = "sloop.db"

    /// Runs the body in one transaction with what others write at this moment; durable when it returns.
    ///
    /// The body may throw: then nothing of it is kept, and others are not disturbed.
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (Tables) throws -> Value
    ) async throws -> Value {
        try await queue.write(as: account, body)
    }

    /// Reads a consistent picture; never waits for writers.
    package func read<Value: Sendable>(_ body: @escaping @Sendable (Tables) throws -> Value) async throws -> Value {
        do {
            guard let scheduler else {
                return try await pool.read { [vault, account, now] db in
                    try body(Tables(db: db, vault: vault, account: account, clock: now))
                }
            }
            return try await withCheckedThrowingContinuation { continuation in
                scheduler.schedule(.read) { refusal in
                    continuation.resume(
                        with: Result {
                            if let refusal { throw refusal }
                            return try self.readNow(body)
                        })
                }
            }
        } catch {
            throw Store.explain(error, pool.path)
        }
    }

    /// The same on the caller's thread, which waits for it.
    package func readNow<Value>(_ body: (Tables) throws -> Value) throws -> Value {
        try pool.read { try body(Tables(db: $0, vault: vault, account: account, clock: now)) }
    }

    /// Copies all of it, the key too, into one file; writers are not held up.
    package func backup(to file: URL, at time: Date) async throws -> BackupContents {
        let folder = URL(filePath: pool.path).deletingLastPathComponent()
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try Backup.write(of: folder, to: file, at: time) })
            }
        }
    }

    package func close() throws { try pool.close() }

    /// The time in whole milliseconds.
    package static let clock: @Sendable () -> Date = {
        Date(timeIntervalSince1970: (Date().timeIntervalSince1970 * 1000).rounded(.down) / 1000)
    }

    static func explain(_ error: any Error, _ file: String) -> any Error {
        guard let fault = error as? DatabaseError else { return error }
        // What SQLite says when the disk is too full for the memory that its connections share.
        let isFull = fault.extendedResultCode == .SQLITE_IOERR_SHMSIZE
        let (what, tip): (String, String) =
            switch isFull ? .SQLITE_FULL : fault.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED:
                ("is locked by another program", "find it with: fuser \(file)")
            case .SQLITE_CORRUPT, .SQLITE_NOTADB:
                ("is damaged or no SQLite file", "keep a copy of the folder and restore a backup")
            case .SQLITE_FULL: ("cannot grow: the disk is full", "free some space; nothing was lost")
            case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM:
                ("cannot be written", "check the owner and mode of the folder and its files")
            case .SQLITE_IOERR: ("cannot be read or written: the disk reports an error", "check the disk")
            default: ("refused a change", "this is a defect of sloop: please report it")
            }
        return SloopError(.storage, "\(file) \(what)", tip: tip, cause: fault)
    }
}

/// The tables within one transaction. Each noun adds its calls in a file of its own.
///
/// Inside of ``Store/read(_:)`` the calls that write fail.
package struct Tables {
    let db: Database
    let vault: Vault
    /// Whose resources are seen; nil for everybody's.
    package let account: Account?
    let clock: @Sendable () -> Date

    /// The time that is recorded.
    package var now: Date { clock() }

    /// The same tables as that account sees them.
    package func of(_ account: Account) -> Tables {
        Tables(db: db, vault: vault, account: account, clock: clock)
    }

    /// The account that names belong to. Without one, a name could mean several things.
    package func owner() throws -> Account {
        guard let account else { throw SloopError(.unexpected, "a name was looked up without an account") }
        return account
    }

    /// Executes a statement that is compiled once for the connection.
    func run(_ sql: String, _ arguments: StatementArguments) throws {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    /// The first column of the first row of a query that is compiled once for the connection.
    func value<Value: DatabaseValueConvertible>(_ sql: String, _ arguments: StatementArguments) throws -> Value? {
        try Value.fetchOne(db.cachedStatement(sql: sql), arguments: arguments)
    }

    /// The first row of a query that is compiled once for the connection.
    func one<Record: FetchableRecord>(_ sql: String, _ arguments: StatementArguments) throws -> Record? {
        try Record.fetchOne(db.cachedStatement(sql: sql), arguments: arguments)
    }
}
