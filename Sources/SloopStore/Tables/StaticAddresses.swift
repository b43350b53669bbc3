package import Foundation
import GRDB
package import SloopModel

extension Tables {
    /// Those with names after that one, by name; at most so many.
    package func staticAddresses(after name: String?, limit: Int) throws -> [StaticAddress] {
        try StaticAddress.filter(Column("account") == owner() && Column("name") > (name ?? ""))
            .order(Column("name")).limit(limit).fetchAll(db)
    }

    /// Throws `notFound` if there is none.
    package func staticAddress(named name: String) throws -> StaticAddress {
        let found = try StaticAddress.filter(Column("account") == owner() && Column("name") == name).fetchOne(db)
        if let found { return found }
        throw SloopError(
            .notFound, "no static address is named '\(name.prefix(80))'", tip: "see them: GetStaticIps")
    }

    package func find(_ id: StaticAddressID) throws -> StaticAddress? {
        try one("SELECT * FROM staticAddress WHERE id = ?1 AND (account = ?2 OR ?2 IS NULL)", [id, account])
    }

    /// The one that is attached to the instance; nil if none is.
    package func staticAddress(of instance: InstanceID) throws -> StaticAddress? {
        try one("SELECT * FROM staticAddress WHERE instance = ?", [instance])
    }

    /// The instances that have a static address.
    package func instancesWithStaticAddress() throws -> Set<InstanceID> {
        try Set(
            InstanceID.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT instance FROM staticAddress WHERE instance IS NOT NULL AND (account = ?1 OR ?1 IS NULL)
                        """), arguments: [account]))
    }

    /// Starts the bill of an address that is attached to nothing; nothing happens if it runs already.
    ///
    /// - Parameter price: US cents a month; nil for what it was the last time.
    package func billUnattached(_ address: StaticAddress, price: Int? = nil, at time: Date) throws {
        let bills = try BillingRecord.filter(Column("resource").like("\(address.id)/%")).order(Column("since"))
            .fetchAll(db)
        guard bills.allSatisfy({ $0.until != nil }), let price = price ?? bills.last?.monthlyPrice else { return }
        try bill(
            BillingRecord(
                resource: "\(address.id)/\(bills.count + 1)", account: address.account, name: address.name,
                type: "StaticIp", plan: "unattached", monthlyPrice: price, since: time))
    }

    /// Ends the bill of an address that is attached, or given up.
    package func endUnattached(_ id: StaticAddressID, at time: Date) throws {
        try run(
            "UPDATE billing SET until = ? WHERE resource LIKE ? AND until IS NULL", [time, "\(id)/%"])
    }

    package func insert(_ address: StaticAddress) throws { try address.insert(db) }
    package func update(_ address: StaticAddress) throws { try address.update(db) }

    /// Removes the row and frees the name.
    package func remove(_ address: StaticAddress) throws {
        try address.delete(db)
        try release(name: address.name, of: address.account)
    }
}

extension StaticAddress: FetchableRecord, PersistableRecord {
    static var databaseTableName: String { "staticAddress" }
}
