import SloopEngine
import SloopModel
import SloopStore

/// Chooses addresses for new machines, one caller after the other, so that two never get the same.
actor AddressPicker {
    private let world: World
    private var reserved: Set<Int> = []

    init(world: World) { self.world = world }

    /// Reserves that many free addresses until ``release(_:)``.
    func reserve(_ count: Int) async throws -> [(slot: Int, place: MachinePlace)] {
        let used = try await world.store.read { try $0.addressSlots() }
        var picked: [(slot: Int, place: MachinePlace)] = []
        var slot = 0
        while picked.count < count {
            guard let place = world.engine.place(slot: slot) else {
                release(picked.map(\.slot))
                throw SloopError(
                    .operationFailed, "there is no free address left on the engine '\(world.engine.name)'",
                    tip: "delete instances that are not needed")
            }
            // Reserved before the check, which gives way to other callers.
            if !used.contains(slot) && reserved.insert(slot).inserted {
                if await world.engine.isFree(place) { picked.append((slot, place)) } else { reserved.remove(slot) }
            }
            slot += 1
        }
        return picked
    }

    /// Gives back what was reserved: it is recorded by now, or not needed.
    func release(_ slots: [Int]) { reserved.subtract(slots) }
}
