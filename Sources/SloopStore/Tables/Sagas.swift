package import Foundation
import GRDB
package import SloopModel
import SloopSaga

/// A saga as it was accepted.
package struct SagaRecord: Sendable {
    package let id: OperationID
    package let kind: String
    /// JSON.
    package let parameters: String
}

extension Tables {
    /// Records a saga that is to be run, and takes its locks.
    ///
    /// Throws `busy` if another unfinished saga holds one of them.
    package func accept(
        _ operation: SloopModel.Operation, parameters: String, locks: [String]
    ) throws {
        for lock in locks {
            guard let holder = try holder(of: lock) else { continue }
            throw SloopError(
                .busy, "'\(operation.resourceName)' is busy: \(holder.kind) is at work (operation \(holder.id))",
                tip: "wait for it and try again; see: sloop operation list --resource \(operation.resourceName)",
                blocker: holder.id)
        }
        try insert(operation, parameters: parameters)
        for lock in locks {
            try run(
                "INSERT INTO sagaLock (resource, saga) VALUES (?, ?)", [lock, operation.id])
        }
    }

    /// Records a change that was made in this very transaction and is done with it.
    package func recordDone(_ operation: SloopModel.Operation) throws {
        try insert(operation, parameters: "{}")
    }

    /// The operations that were recorded so, in the order in which they were.
    package func operations(following leader: OperationID) throws -> [SloopModel.Operation] {
        try SloopModel.Operation.fetchAll(
            db.cachedStatement(sql: "SELECT * FROM saga WHERE follows = ? ORDER BY rowid"), arguments: [leader])
    }

    private func insert(
        _ operation: SloopModel.Operation, parameters: String, following leader: OperationID? = nil
    ) throws {
        try run(
            """
            INSERT INTO saga
            (id, account, kind, resourceName, resourceType, parameters, status, createdAt, changedAt, details, follows)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                operation.id, operation.account, operation.kind, operation.resourceName, operation.resourceType,
                parameters,
                operation.status, operation.createdAt, operation.changedAt, operation.details, leader,
            ])
    }

    /// Records an operation on another resource that begins and ends with the leader, and is the same piece of work.
    package func insert(_ operation: SloopModel.Operation, following leader: OperationID) throws {
        try insert(operation, parameters: "{}", following: leader)
    }

    /// The unfinished operation that holds the lock.
    package func holder(of lock: String) throws -> SloopModel.Operation? {
        try one("SELECT saga.* FROM saga JOIN sagaLock ON sagaLock.saga = saga.id WHERE sagaLock.resource = ?", [lock])
    }

    /// Ends an operation as failed without running anything of it, and frees what it held.
    package func giveUp(_ id: OperationID, why: String, at time: Date) throws {
        var entry = SagaEntry<Tables>()
        entry.end = .undone(step: "", why: why)
        try record(entry, of: id, at: time)
    }

    /// Whether an operation that is recorded here was about the thing with that id: it is there no more because it was
    /// undone or deleted, and not because this store never heard of it.
    package func remembers(_ id: String) throws -> Bool {
        try Int.fetchOne(
            db.cachedStatement(sql: "SELECT 1 FROM saga WHERE instr(parameters, ?) LIMIT 1"), arguments: [id]) != nil
    }

    /// All locks that are held.
    package func heldLocks() throws -> Set<String> {
        try Set(String.fetchAll(db.cachedStatement(sql: "SELECT resource FROM sagaLock")))
    }

    /// Sagas that have not ended, oldest first.
    package func unfinishedSagas() throws -> [SagaRecord] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT id, kind, parameters FROM saga WHERE status = 'Started' AND follows IS NULL
                    ORDER BY createdAt, rowid
                    """)
        ).map { SagaRecord(id: $0["id"], kind: $0["kind"], parameters: $0["parameters"]) }
    }

    package func operation(_ id: OperationID) throws -> SloopModel.Operation? {
        try one("SELECT * FROM saga WHERE id = ?1 AND (account = ?2 OR ?2 IS NULL)", [id, account])
    }

    /// The operation that this one begins and ends with; nil if it does so by itself.
    package func leader(of id: OperationID) throws -> OperationID? {
        try value("SELECT follows FROM saga WHERE id = ?", [id])
    }

    /// Newest first; of one resource or of all.
    package func operations(of resource: String? = nil, limit: Int) throws -> [SloopModel.Operation] {
        let which = resource == nil ? "" : "AND resourceName = ?"
        let owner = try owner()
        return try SloopModel.Operation.fetchAll(
            db,
            sql: """
                SELECT * FROM saga WHERE account = ? \(which) ORDER BY createdAt DESC, rowid DESC LIMIT ?
                """, arguments: [owner] + (resource.map { [$0] } ?? []) + [limit])
    }

    /// Newest first, by the place in the table, which each comes with: those before that place, but for some kinds.
    package func operations(
        of resource: String?, before place: Int64?, without kinds: [String], limit: Int
    ) throws -> [(place: Int64, operation: SloopModel.Operation)] {
        let which = resource == nil ? "" : "AND resourceName = ?"
        let owner = try owner()
        let marks = kinds.map { _ in "?" }.joined(separator: ",")
        let rows = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT rowid AS place, * FROM saga
                    WHERE account = ? AND rowid < ? AND kind NOT IN (\(marks)) \(which) ORDER BY rowid DESC LIMIT ?
                    """),
            arguments: [owner, place ?? .max] + StatementArguments(kinds) + (resource.map { [$0] } ?? []) + [limit])
        return try rows.map { ($0["place"], try SloopModel.Operation(row: $0)) }
    }

    /// The newest operation on the instance; nil if there is none.
    package func latestOperation(on instance: Instance) throws -> SloopModel.Operation? {
        try latestOperation(on: instance.name, of: instance.account)
    }

    /// The newest operation on the domain.
    package func latestOperation(on domain: Domain) throws -> SloopModel.Operation? {
        try latestOperation(on: domain.name, of: domain.account)
    }

    private func latestOperation(on resource: String, of account: Account) throws -> SloopModel.Operation? {
        try one(
            "SELECT * FROM saga WHERE account = ? AND resourceName = ? ORDER BY createdAt DESC, rowid DESC LIMIT 1",
            [account, resource])
    }

    /// How many operations have this status.
    package func count(_ status: SloopModel.Operation.Status) throws -> Int {
        try value(
            "SELECT count(*) FROM saga WHERE status = ?1 AND follows IS NULL AND (account = ?2 OR ?2 IS NULL)",
            [status, account]) ?? 0
    }

    /// The index of the step that was begun last and its event; nil before the first.
    package func latestStep(of id: OperationID) throws -> Int? {
        try value("SELECT max(step) FROM sagaEvent WHERE saga = ?", [id])
    }

    func history(of id: OperationID) throws -> SagaHistory {
        let rows = try Row.fetchAll(
            db.cachedStatement(sql: "SELECT step, event FROM sagaEvent WHERE saga = ?"), arguments: [id])
        var events: [Int: SagaEvent] = [:]
        for row in rows { events[row["step"]] = SagaEvent(rawValue: row["event"]) }
        let failure = try String.fetchOne(
            db.cachedStatement(sql: "SELECT failure FROM saga WHERE id = ?"), arguments: [id])
        return SagaHistory(events: events, failure: failure)
    }

    func record(_ entry: SagaEntry<Tables>, of id: OperationID, at time: Date) throws {
        for (step, event) in entry.events {
            try run(
                """
                INSERT INTO sagaEvent (saga, step, event) VALUES (?, ?, ?)
                ON CONFLICT (saga, step) DO UPDATE SET event = excluded.event
                """, [id, step, event.rawValue])
        }
        if let failure = entry.failure {
            try run(
                "UPDATE saga SET failure = ? WHERE id = ?", [failure, id])
        }
        try run(
            "UPDATE saga SET changedAt = ?1 WHERE id = ?2 OR follows = ?2", [time, id])
        guard let end = entry.end else { return try entry.writes.forEach { try $0(self) } }
        let (status, error): (SloopModel.Operation.Status, String?) =
            switch end {
            case .succeeded: (.succeeded, nil)
            case .undone(_, let why): (.failed, why)
            case .stuck(_, let why): (.stuck, why)
            }
        try run(
            "UPDATE saga SET status = ?1, error = ?2 WHERE (id = ?3 OR follows = ?3) AND status = 'Started'",
            [status, error, id])
        try run(
            "DELETE FROM sagaLock WHERE saga = ?", [id])
        // After the locks are free: what follows a saga may take them in the same transaction.
        try entry.writes.forEach { try $0(self) }
    }
}
