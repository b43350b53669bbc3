package import Foundation

package typealias DomainID = Identifier<Domain>

/// A DNS zone of an account's. Its name is unique among all accounts, since one DNS server answers for all of them.
package struct Domain: Codable, Hashable, Sendable {
    package var id: DomainID
    package var account: Account
    /// In lower case, without a dot at the end.
    package var name: String
    /// Whether the DNS server may serve something else than what is recorded, and has to be told again.
    package var isStale: Bool
    package var tags: [String: String]
    package var createdAt: Date

    package init(
        id: DomainID, account: Account, name: String, isStale: Bool = false, tags: [String: String] = [:],
        createdAt: Date
    ) {
        self.id = id
        self.account = account
        self.name = name
        self.isStale = isStale
        self.tags = tags
        self.createdAt = createdAt
    }
}

/// A record of a domain: one value of one type at one name.
package struct DomainEntry: Codable, Hashable, Sendable {
    package var domain: DomainID
    /// Unique in its domain; Lightsail's are numbers of 32 bits with a sign.
    package var id: Int32
    /// The whole name, in lower case, without a dot at the end.
    package var name: String
    package var type: RecordType
    /// The value as the client wrote it, who compares it with what he wrote.
    package var target: String

    package init(domain: DomainID, id: Int32, name: String, type: RecordType, target: String) {
        self.domain = domain
        self.id = id
        self.name = name
        self.type = type
        self.target = target
    }
}
