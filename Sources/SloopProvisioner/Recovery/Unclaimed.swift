import SloopModel

/// Something of ours that has no row, and of which the store does not know that it was deleted: it may be somebody's
/// machine that was made after the backup which is restored. It is left alone, and shown.
package struct Unclaimed: Sendable, Hashable, Comparable {
    package enum Kind: String, Sendable { case machine, disk, snapshot, zone }
    package let kind: Kind
    package let id: String

    package static func < (one: Unclaimed, other: Unclaimed) -> Bool {
        (one.kind.rawValue, one.id) < (other.kind.rawValue, other.id)
    }
}
