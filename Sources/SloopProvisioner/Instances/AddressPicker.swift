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
            while true {
                while picked.count < count {
                    while used.contains(slot) { slot += 1 }
                    guard let place = world.engine.place(slot: slot) else {
                        throw SloopError(
                            .operationFailed, "there is no free address left on the engine '\(world.engine.name)'",
                            tip: "delete instances that are not needed")
                    }
                    // Reserved before the question, which gives way to other callers.
                    if reserved.insert(slot).inserted { picked.append((slot, place)) }
                    slot += 1
                }
                let free = try await world.engine.free(among: picked.map(\.place))
                // What another caller recorded and gave back after we had looked is seen only now.
                used = try await usedSlots()
                let lost = picked.filter { !free.contains($0.place) || used.contains($0.slot) }.map(\.slot)
                if lost.isEmpty { return picked }
                release(lost)
                picked.removeAll { lost.contains($0.slot) }
            }
        } catch {
            release(picked.map(\.slot))
            throw error
        }
    }

    private func usedSlots() async throws -> Set<Int> { try await world.store.read { try $0.addressSlots() } }

    /// Gives back what was reserved: it is recorded by now, or not needed.
    func release(_ slots: [Int]) { reserved.subtract(slots) }
}
