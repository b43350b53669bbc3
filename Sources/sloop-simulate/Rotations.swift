import SloopModel
import SloopProvisioner
import SloopStore

/// Rotations of all keys of some machines, one after the other and over one another, on servers that die all the time.
enum Rotations {
    private static let names = ["one", "two", "three", "four"]

    /// - Parameter count: how many rotations are begun; each is one of every machine that has the key.
    static func tell(_ run: Run, _ count: Int) async throws {
        let first = await run.upServer()
        try await run.importPairs(first)
        for name in names { try await first.services.make(name) }
        let random = run.random
        run.site.faults.ssh = random.pick([0, 0.05, 0.2])
        run.nextDeath = { 1 + random.below(random.pick([10, 40, 120])) }
        first.eventsLeft = run.nextDeath()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for _ in 0..<count { await begin(run) }
            }
            group.addTask { await Unrest(run: run).last(3000, only: Unrest.harmless) }
            await group.next()
            group.cancelAll()
        }
        run.calm()
        try await Story.settle(run)
        try run.checkQuiet()
        run.rotated = try run.countRotated()
    }

    private static func begin(_ run: Run) async {
        let random = run.random
        let services = await run.upServer().services
        do {
            switch random.below(4) {
            case 0, 1: try await services.rotate("laptop", run)
            case 2:
                let key = run.wallet.make("own")
                let some = random.chance(0.3) ? [random.pick(names)] : nil
                _ = try await services.rotations.start(keyPair: "laptop", publicKey: key, instances: some)
            default: _ = try await services.rotations.startAccess(instances: nil)
            }
            run.trace.note("a rotation is begun")
        } catch is CancellationError {
        } catch {
            run.fail("a rotation is refused: \(error)")
        }
        // Sometimes the next one begins before this one is done.
        await run.loop.sleep(random.milliseconds(random.pick([0...100, 0...2000, 3000...20_000])))
    }
}

extension Run {
    /// How many times a key was changed on a machine.
    fileprivate func countRotated() throws -> Int {
        guard let store = latest?.store else { return 0 }
        return try store.readNow { tables in
            try tables.rotations(openOnly: false).reduce(0) { count, rotation in
                try count + tables.targets(of: rotation.id).count { $0.status == .done }
            }
        }
    }
}
