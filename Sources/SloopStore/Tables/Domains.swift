import GRDB
package import SloopModel

extension Tables {
    /// All domains of the account, or everybody's, by name.
    package func domains() throws -> [Domain] {
        try Domain.fetchAll(
            db.cachedStatement(sql: "SELECT * FROM domain WHERE account = ?1 OR ?1 IS NULL ORDER BY name"),
            arguments: [account])
    }

    /// Those with names after that one, by name; at most so many.
    package func domains(after name: String?, limit: Int) throws -> [Domain] {
        try Domain.filter(Column("account") == owner() && Column("name") > (name ?? ""))
            .order(Column("name")).limit(limit).fetchAll(db)
    }

    /// Throws `notFound` if there is none.
    package func domain(named name: String) throws -> Domain {
        let name = DomainName.normal(name)
        if let found: Domain = try one("SELECT * FROM domain WHERE account = ? AND name = ?", [owner(), name]) {
            return found
        }
        throw SloopError(.notFound, "no domain is named '\(name.prefix(80))'", tip: "see them: sloop domain list")
    }

    package func find(_ id: DomainID) throws -> Domain? {
        try one("SELECT * FROM domain WHERE id = ?1 AND (account = ?2 OR ?2 IS NULL)", [id, account])
    }

    /// A domain of another account's that has one of these names; nil if none has.
    package func domainOfOthers(named names: [String]) throws -> Domain? {
        try Domain.filter(names.contains(Column("name")) && Column("account") != owner()).fetchOne(db)
    }

    /// The records of a domain, by name; of one name by type, and then in the order of their ids.
    package func entries(of domain: DomainID) throws -> [DomainEntry] {
        try DomainEntry.fetchAll(
            db.cachedStatement(sql: "SELECT * FROM domainEntry WHERE domain = ? ORDER BY name, type, id"),
            arguments: [domain])
    }

    package func insert(_ domain: Domain) throws { try domain.insert(db) }

    /// Adds the record, or replaces the one of the same id.
    package func save(_ entry: DomainEntry) throws { try entry.upsert(db) }

    package func remove(_ entry: DomainEntry) throws {
        try run("DELETE FROM domainEntry WHERE domain = ? AND id = ?", [entry.domain, entry.id])
    }

    /// Says whether the DNS server has to be told again; nothing happens if the domain is gone.
    package func mark(_ id: DomainID, asStale isStale: Bool) throws {
        try run("UPDATE domain SET isStale = ? WHERE id = ?", [isStale, id])
    }

    /// Removes the row with its records, and frees its name; nothing happens if it is gone.
    package func remove(_ id: DomainID) throws {
        guard let domain = try find(id) else { return }
        try domain.delete(db)
        try release(name: domain.name, of: domain.account)
    }
}

extension RecordType: DatabaseValueConvertible {}
extension Domain: FetchableRecord, PersistableRecord {
    static var databaseTableName: String { "domain" }
}
extension DomainEntry: FetchableRecord, PersistableRecord {
    static var databaseTableName: String { "domainEntry" }
}
