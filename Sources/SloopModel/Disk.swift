package import Foundation

/// A disk of a user's, apart from the one that every instance has. It outlives the instances that it is attached to.
package struct Disk: Codable, Hashable, Sendable {
    /// The words are Lightsail's but for `deleting`.
    package enum State: String, Codable, Sendable {
        /// Something is at work on it.
        case pending
        case available
        /// Attached.
        case inUse = "in-use"
        case deleting, error
    }

    package var id: DiskID
    package var account: Account
    package var name: String
    package var state: State
    /// Why the state is `error`; nil otherwise.
    package var stateReason: String?
    package var sizeGB: Int
    /// The price frozen at creation, in US cents a month.
    package var monthlyPrice: Int
    /// The instance that has it, or is about to have it or to lose it.
    package var instance: InstanceID?
    /// The device that the client named, `/dev/xvdf`: recorded for it, and what ``folder`` is not.
    package var path: String?
    /// The letter of the availability zone.
    package var zone: String
    package var tags: [String: String]
    package var createdAt: Date

    package init(
        id: DiskID, account: Account, name: String, state: State, sizeGB: Int, monthlyPrice: Int, zone: String,
        tags: [String: String], createdAt: Date
    ) {
        self.id = id
        self.account = account
        self.name = name
        self.state = state
        self.sizeGB = sizeGB
        self.monthlyPrice = monthlyPrice
        self.zone = zone
        self.tags = tags
        self.createdAt = createdAt
    }

    /// Where the machine sees it.
    package var folder: String { "/mnt/\(name)" }
    /// What the engine has for it.
    package var volume: VolumeID { VolumeID(id.value) }
}

package typealias DiskID = Identifier<Disk>
