package import SloopModel

/// Disks that are made apart from machines, and outlive them.
///
/// Every call may be repeated, as those of ``Engine`` may. A volume that is not of this installation is never touched.
package protocol VolumeStore: Sendable {
    /// All volumes that carry our installation's id.
    func list() async throws -> [VolumeID: MachineVolume]
    /// Makes an empty one.
    func create(_ id: VolumeID, sizeGB: Int) async throws
    /// Makes one with what another has at this moment, at least as large. The two have nothing to do with each other then.
    func copy(_ source: VolumeID, to id: VolumeID, sizeGB: Int) async throws
    /// Throws `wrongState` if it is attached; one that is not there is deleted already.
    func delete(_ id: VolumeID) async throws

    /// Makes the machine see it as the folder at that path, at once if it runs, and after each start.
    ///
    /// Throws `wrongState` if another machine has it.
    func attach(_ id: VolumeID, to machine: InstanceID, at path: String) async throws
    /// Takes it from the machine, if that is there and has it.
    func detach(_ id: VolumeID, from machine: InstanceID) async throws
}

package struct MachineVolume: Sendable, Codable, Hashable {
    package var sizeGB: Int
    /// The machine that has it; not one of ours if somebody attached it behind our back.
    package var machine: InstanceID?

    package init(sizeGB: Int, machine: InstanceID? = nil) {
        self.sizeGB = sizeGB
        self.machine = machine
    }
}
