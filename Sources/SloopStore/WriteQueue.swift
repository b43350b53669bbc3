import Foundation
import GRDB
import SloopModel
import Synchronization

/// Gathers writes that wait at the same moment into one transaction.
///
/// With hundreds of sagas at work, one fsync a record would be most of the time spent.
final class WriteQueue: Sendable {
    private struct Job: Sendable {
        /// Runs the body in its own savepoint. Returns what failed, and what tells the caller, once it is known how all
        /// ended.
        let run: @Sendable (Database) -> (failure: (any Error)?, answer: @Sendable ((any Error)?) -> Void)
        let refuse: @Sendable (any Error) -> Void
    }

    private struct State {
        var waiting: [Job] = []
        var isDraining = false
    }

    private let pool: DatabasePool
    private let file: String
    private let vault: Vault
    private let now: @Sendable () -> Date
    private let scheduler: (any StoreScheduler)?
    private let log: LogKeeper
    private let state = Mutex(State())

    init(
        pool: DatabasePool, file: String, vault: Vault, now: @escaping @Sendable () -> Date,
        scheduler: (any StoreScheduler)?
    ) {
        self.pool = pool
        self.file = file
        self.vault = vault
        self.now = now
        self.scheduler = scheduler
        log = LogKeeper(of: file)
    }

    func write<Value: Sendable>(
        as account: Account?, _ body: @escaping @Sendable (Tables) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let refuse: @Sendable (any Error) -> Void = { [file] error in
                continuation.resume(throwing: Store.explain(error, file))
            }
            let job = Job(
                run: { [vault, now] db in
                    do {
                        let value = try WriteQueue.inSavepoint(db) {
                            try body(Tables(db: db, vault: vault, account: account, clock: now))
                        }
                        return (nil, { failure in failure.map(refuse) ?? continuation.resume(returning: value) })
                    } catch {
                        return (error, { failure in refuse(failure ?? error) })
                    }
                }, refuse: refuse)
            let mustDrain = state.withLock { state in
                state.waiting.append(job)
                defer { state.isDraining = true }
                return !state.isDraining
            }
            if mustDrain { drain() }
        }
    }

    private func drain() {
        let jobs = state.withLock { state in
            defer { state.waiting = [] }
            if state.waiting.isEmpty { state.isDraining = false }
            return state.waiting
        }
        if jobs.isEmpty { return }
        let work: @Sendable (Database) -> Void = { db in
            var answers: [@Sendable ((any Error)?) -> Void] = []
            var failure: (any Error)?
            do {
                try db.inTransaction(.immediate) {
                    for job in jobs {
                        let (failure, answer) = job.run(db)
                        answers.append(answer)
                        // A full disk, or one that fails, ends the whole transaction: what ran after it would be outside.
                        guard db.isInsideTransaction else { throw failure ?? DatabaseError(resultCode: .SQLITE_ABORT) }
                    }
                    return .commit
                }
            } catch {
                failure = error
            }
            for answer in answers { answer(failure) }
            let reason = failure ?? DatabaseError(resultCode: .SQLITE_ABORT)
            for job in jobs.dropFirst(answers.count) { job.refuse(reason) }
            self.log.look(db)
            self.drain()
        }
        guard let scheduler else { return pool.asyncWriteWithoutTransaction(work) }
        scheduler.schedule(.write) { refusal in
            guard let refusal else { return self.pool.writeWithoutTransaction(work) }
            for job in jobs { job.refuse(refusal) }
            self.drain()
        }
    }

    private static func inSavepoint<Value>(_ db: Database, _ body: () throws -> Value) throws -> Value {
        var result: Result<Value, any Error>?
        try db.inSavepoint {
            let made = Result { try body() }
            result = made
            return try made.map { _ in Database.TransactionCompletion.commit }.get()
        }
        guard let result else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
        return try result.get()
    }
}
