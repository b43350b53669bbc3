/// A size of instance at a fixed price.
package struct Plan: Hashable, Sendable {
    /// E.g. `nano`; also the family of Lightsail's bundle ids `nano_1_0`, `nano_2_0` and `nano_3_0`.
    package let id: String
    /// For people, e.g. `Nano`.
    package let name: String
    /// US cents a month.
    package let monthlyPrice: Int
    /// Virtual processors.
    package let vcpus: Int
    /// Megabytes of 1024 * 1024 bytes.
    package let memoryMB: Int
    /// Gigabytes of the system disk.
    package let diskGB: Int
    /// Gigabytes a month.
    package let transferGB: Int
    /// Lightsail's measure of a plan's power.
    package let power: Int

    /// Lightsail's generations of bundles; newer ones cost what ours costs.
    private static let generations = 1...3

    /// The ids that find this plan besides its own, oldest generation first.
    package var bundles: [String] { Plan.generations.map { "\(id)_\($0)_0" } }
}
