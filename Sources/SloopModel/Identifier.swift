/// An id that cannot be mistaken for the id of another kind of thing; a lower-case UUID on disk and on the wire.
package struct Identifier<Thing>: Hashable, Sendable, Codable, CustomStringConvertible {
    package let value: String

    /// A new random id.
    package init() { value = Randomness.uuid() }

    /// Takes an id as it was written by ``value``.
    package init(_ value: String) { self.value = value }

    package init(from decoder: any Decoder) throws {
        value = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }

    package var description: String { value }
}

/// Marks the ids of sagas, which are also the ids of the operations that clients see.
package enum OperationThing {}
/// Marks the ids of runs of a launch script.
package enum LaunchThing {}
/// Marks the ids of key rotations.
package enum RotationThing {}
/// Marks the ids of an engine's volumes: a disk has one, and so has a disk's snapshot.
package enum VolumeThing {}
/// Marks the ids of snapshots, of instances and of disks.
package enum SnapshotThing {}

package typealias InstanceID = Identifier<Instance>
package typealias KeyPairID = Identifier<KeyPair>
package typealias OperationID = Identifier<OperationThing>
package typealias LaunchID = Identifier<LaunchThing>
package typealias RotationID = Identifier<RotationThing>
package typealias VolumeID = Identifier<VolumeThing>
package typealias SnapshotID = Identifier<SnapshotThing>
