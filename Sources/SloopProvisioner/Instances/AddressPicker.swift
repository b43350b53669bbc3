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
        var picked: [(slot: Int, place: MachinePlace)] = []
        do {
            var used = try await usedSlots()
            var slot = 0
            while picked.count < count {
                while used.contains(slot) { slot += 1 }
                guard let place = world.engine.place(slot: slot) else {
                    throw SloopError(
                        .operationFailed, "there is no free address left on the engine '\(world.engine.name)'",
                        tip: "delete instances that are not needed")
                }
                // Reserved before the check, which gives way to other callers.
                if reserved.insert(slot).inserted {
                    if await world.engine.isFree(place) { picked.append((slot, place)) } else { reserved.remove(slot) }
                }
                slot += 1
                guard picked.count == count else { continue }
                // What another caller recorded and gave back after we had looked is seen only now.
                used = try await usedSlots()
                release(picked.map(\.slot).filter(used.contains))
                picked.removeAll { used.contains($0.slot) }
            }
            return picked
        } catch {
            release(picked.map(\.slot))
            throw error
        }
    }

    private func usedSlots() async throws -> Set<Int> { try await world.store.read { try $0.addressSlots() } }

    /// Gives back what was reserved: it is recorded by now, or not needed.
    func release(_ slots: [Int]) { reserved.subtract(slots) }
}
