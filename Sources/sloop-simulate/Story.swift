import SloopModel
import SloopProvisioner
import SloopStore

/// The story of a seed: unrest, then quiet, then the end of everything.
enum Story {
    static func tell(_ run: Run) async throws {
        let plan = Plan(run.random)
        run.trace.note("plan: \(plan)")
        if plan.isWarm { try await run.keepWarm() }
        let server = await run.upServer()
        try await run.importPairs(server)
        run.site.faults = plan.faults
        let random = run.random
        run.nextDeath = { plan.lifetime.map { 1 + random.below(random.chance(0.3) ? 20 : 2 * $0) } }
        server.eventsLeft = plan.lifetime.map { 1 + random.below(2 * $0) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await withTaskGroup(of: Void.self) { clients in
                    for number in 0..<plan.clients {
                        clients.addTask { await Client(run: run, number: number).live(plan.actions) }
                    }
                }
            }
            if let unrest = plan.unrest { group.addTask { await Unrest(run: run).last(unrest) } }
            await group.next()
            group.cancelAll()
        }
        run.calm()
        try await settle(run)
        try run.checkQuiet()
        try await clear(run)
        try run.checkEmpty()
    }

    /// Waits until nothing is at work or due.
    static func settle(_ run: Run) async throws {
        // Targets that failed are tried again after at most 300 s.
        let end = run.loop.time + .seconds(1800)
        let least = run.loop.time + .seconds(35)
        while true {
            let server = await run.upServer()
            let isQuiet = try server.store.readNow { tables in
                try tables.unfinishedSagas().isEmpty
                    && tables.openTargets().allSatisfy { try tables.find($0.instance)?.state != .running }
                    && run.difference(tables) == nil
            }
            if isQuiet && run.loop.time > least { return }
            guard run.loop.time < end else { throw Violation("there is no end: \(try server.unfinished(run))") }
            await run.loop.sleep(.seconds(5))
        }
    }

    /// Deletes everything by the calls that users have, as long as it takes.
    private static func clear(_ run: Run) async throws {
        // One that keeps nothing ready deletes what was.
        run.warm = []
        await run.stopGracefully()
        let services = await run.upServer().services
        for _ in 0..<40 {
            var isEmpty = true
            func attempt(_ body: () async throws -> Void) async throws {
                isEmpty = false
                do { try await body() } catch let error as SloopError where error.code != .unexpected {
                    run.trace.note("not yet: \(error.code) \(error.message)")
                }
            }
            for view in try await services.instances.list() {
                try await attempt { _ = try await services.instances.delete(view.instance.name) }
            }
            for view in try await services.disks.page(after: nil, limit: 100) {
                try await attempt { _ = try await services.disks.delete(view.disk.name) }
            }
            for snapshot in try await services.snapshots.list() {
                try await attempt { _ = try await services.snapshots.delete(snapshot.name ?? "") }
            }
            for view in try await services.staticAddresses.page(after: nil, limit: 100)
            where view.address.instance == nil {
                try await attempt { _ = try await services.staticAddresses.release(view.address.name) }
            }
            for domain in try await services.domains.page(after: nil, limit: 100) {
                try await attempt { _ = try await services.domains.delete(domain.domain.name) }
            }
            if isEmpty {
                // What lost its row is deleted after a while; the DNS server is asked twice a minute.
                await run.loop.sleep(Server.grace + .seconds(run.site.zones.isEmpty ? 15 : 75))
                return
            }
            await run.loop.sleep(.seconds(10))
        }
        throw Violation("not everything can be deleted")
    }
}
