package import Foundation

package typealias StaticAddressID = Identifier<StaticAddress>

/// A public address that stays with its account, whatever becomes of the instance that it is attached to.
package struct StaticAddress: Codable, Hashable, Sendable {
    package var id: StaticAddressID
    package var account: Account
    package var name: String
    /// The engine's number for the address; unique among instances and static addresses.
    package var addressSlot: Int
    package var address: String
    /// What is reached by it; nil for nothing.
    package var instance: InstanceID?
    package var createdAt: Date

    package init(
        id: StaticAddressID, account: Account, name: String, addressSlot: Int, address: String,
        instance: InstanceID? = nil, createdAt: Date
    ) {
        self.id = id
        self.account = account
        self.name = name
        self.addressSlot = addressSlot
        self.address = address
        self.instance = instance
        self.createdAt = createdAt
    }
}
