package import Foundation

/// What an instance's own disk, or a disk, held at one moment. It needs its source no more.
package struct Snapshot: Codable, Hashable, Sendable {
    /// Of what it is one; the words are Lightsail's types of resources.
    package enum Kind: String, Codable, Sendable {
        case instance = "InstanceSnapshot"
        case disk = "DiskSnapshot"
    }

    package enum State: String, Codable, Sendable { case pending, available, deleting, error }

    /// What an instance was, as far as another that is made from its snapshot must know.
    package struct Origin: Codable, Hashable, Sendable {
        package var blueprint: String
        package var blueprintAlias: String?
        package var bundle: String
        package var username: String
        package var keyPair: String?
        /// The public lines of users' keys that Sloop had put into the machine by then.
        package var keys: [String]

        package init(_ instance: Instance, keys: [String]) {
            blueprint = instance.blueprint
            blueprintAlias = instance.blueprintAlias
            bundle = instance.bundle
            username = instance.username
            keyPair = instance.keyPair
            self.keys = keys
        }
    }

    package var id: SnapshotID
    package var account: Account
    /// Nil for an automatic one, which is found by its source and its day.
    package var name: String?
    package var kind: Kind
    package var state: State
    /// Why the state is `error`; nil otherwise.
    package var stateReason: String?
    /// The size of the disk that it is of.
    package var sizeGB: Int
    /// The price frozen at creation, in US cents a month.
    package var monthlyPrice: Int
    /// The id and the name of the instance or disk, as they were.
    package var source: String
    package var sourceName: String
    /// Nil for one of a disk.
    package var origin: Origin?
    /// The day (UTC, `2026-11-25`) of an automatic one.
    package var day: String?
    /// Whether it is a copy of an automatic one.
    package var isFromAutomatic: Bool
    package var tags: [String: String]
    package var createdAt: Date

    package init(
        id: SnapshotID = SnapshotID(), account: Account, name: String?, kind: Kind, sizeGB: Int, monthlyPrice: Int,
        source: String, sourceName: String, origin: Origin?, day: String? = nil, isFromAutomatic: Bool = false,
        tags: [String: String] = [:], createdAt: Date
    ) {
        self.id = id
        self.account = account
        self.name = name
        self.kind = kind
        self.state = .pending
        self.sizeGB = sizeGB
        self.monthlyPrice = monthlyPrice
        self.source = source
        self.sourceName = sourceName
        self.origin = origin
        self.day = day
        self.isFromAutomatic = isFromAutomatic
        self.tags = tags
        self.createdAt = createdAt
    }

    /// What people call it.
    package var label: String { name ?? "\(sourceName) (automatic, \(day ?? ""))" }
    /// What the engine has for one of a disk.
    package var volume: VolumeID { VolumeID(id.value) }
}

/// Whether an instance or a disk has a snapshot made of it every day.
package struct AutoSnapshotAddOn: Codable, Hashable, Sendable {
    /// The id of the instance or disk.
    package var resource: String
    package var account: Account
    package var kind: Snapshot.Kind
    /// One that was switched off keeps its time.
    package var isEnabled: Bool
    /// The hour of the day (UTC) at which it is made.
    package var hour: Int
    /// From when on the times count.
    package var since: Date
    /// The day for which the last one was begun.
    package var lastDay: String?

    package init(
        resource: String, account: Account, kind: Snapshot.Kind, isEnabled: Bool, hour: Int, since: Date
    ) {
        self.resource = resource
        self.account = account
        self.kind = kind
        self.isEnabled = isEnabled
        self.hour = hour
        self.since = since
    }
}
