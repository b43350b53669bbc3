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
        try db.execute(
            sql: "UPDATE billing SET until = ? WHERE resource = ? AND until IS NULL", arguments: [time, resource])
    }

    /// Takes back the bill of a resource that never came to be.
    package func cancelBill(of resource: String) throws {
        try db.execute(sql: "DELETE FROM billing WHERE resource = ?", arguments: [resource])
    }

    /// What was billed at some time between the two, by name.
    package func bills(from start: Date, to end: Date) throws -> [BillingRecord] {
        try BillingRecord
            .filter(Column("account") == owner())
            .filter(Column("since") < end && (Column("until") == nil || Column("until") >= start))
            .order(Column("name"), Column("since")).fetchAll(db)
    }
}
