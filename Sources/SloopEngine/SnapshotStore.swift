package import SloopModel

/// Copies of machines' own disks. They need their machine no more once they are made, and run never.
///
/// A machine is made from one by ``Engine/create(_:)`` with ``MachineSpec/snapshot``. Every call may be repeated.
package protocol SnapshotStore: Sendable {
    /// All snapshots that carry our installation's id.
    func list() async throws -> Set<SnapshotID>
    /// Copies the machine's disk as it is at this moment. Of one that runs that is what a power cut would leave.
    ///
    /// Volumes that are attached to the machine are not in it.
    func take(_ id: SnapshotID, of machine: InstanceID) async throws
    /// Makes another, which outlives the first.
    func copy(_ source: SnapshotID, to id: SnapshotID) async throws
    /// One that is not there is deleted already. Machines that were made from it stay.
    func delete(_ id: SnapshotID) async throws
}
