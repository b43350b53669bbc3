package import Foundation
import GRDB
package import SloopModel

/// What was sold, and for how long.
package struct BillingRecord: Codable, Sendable {
    /// The resource's id, name and type (`Instance`).
    package var resource: String
    package var account: Account
    package var name: String
    package var type: String
    package var plan: String
    /// US cents.
    package var monthlyPrice: Int
    package var since: Date
    /// Nil while it lives.
    package var until: Date?

    package init(
        resource: String, account: Account, name: String, type: String, plan: String, monthlyPrice: Int, since: Date,
        until: Date? = nil
    ) {
        self.resource = resource
        self.account = account
        self.name = name
        self.type = type
        self.plan = plan
        self.monthlyPrice = monthlyPrice
        self.since = since
        self.until = until
    }
}

extension Tables {
    /// Starts the bill of a resource.
    package func bill(_ record: BillingRecord) throws { try record.insert(db) }

    /// Ends the bill of a resource.
    package func endBill(of resource: String, at time: Date) throws {
        try run("UPDATE billing SET until = ? WHERE resource = ? AND until IS NULL", [time, resource])
    }

    /// Takes back the bill of a resource that never came to be.
    package func cancelBill(of resource: String) throws {
        try run("DELETE FROM billing WHERE resource = ?", [resource])
    }

    /// What was billed at some time between the two, by name.
    package func bills(from start: Date, to end: Date) throws -> [BillingRecord] {
        var bills: [BillingRecord] = []
        try eachBill(from: start, to: end) { bill, _ in bills.append(bill) }
        return bills
    }

    /// Gives each of them in turn, without keeping them all, with the state of what is billed; nil if that is gone, or
    /// has none.
    package func eachBill(
        from start: Date, to end: Date, _ body: (_ bill: BillingRecord, _ state: String?) throws -> Void
    ) throws {
        let account = try owner()
        // Two ranges of the index, where one condition for both would read all that was ever billed; the first of them comes
        // in order. SQLite prefers the primary key's index to the one that has the state, too.
        let rows = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    SELECT resource, name, type, plan, monthlyPrice, since, until, coalesce(
                        (SELECT state FROM instance INDEXED BY instanceStates WHERE id = resource),
                        (SELECT state FROM disk WHERE id = resource),
                        (SELECT state FROM snapshot WHERE id = resource))
                    FROM billing WHERE account = ?1 AND until IS NULL AND since < ?3
                    UNION ALL
                    SELECT resource, name, type, plan, monthlyPrice, since, until, NULL
                    FROM billing WHERE account = ?1 AND until >= ?2 AND since < ?3
                    ORDER BY name, since
                    """), arguments: [account, start, end])
        while let row = try rows.next() {
            let (since, until): (StoredTime, StoredTime?) = (row[5], row[6])
            try body(
                BillingRecord(
                    resource: row[0], account: account, name: row[1], type: row[2], plan: row[3], monthlyPrice: row[4],
                    since: since.date, until: until?.date), row[7])
        }
    }
}
