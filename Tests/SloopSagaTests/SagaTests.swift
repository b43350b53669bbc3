import Foundation
import SloopSaga
import Testing

struct Crash: Error {}
struct NoTables {}
struct Refused: Error {}

/// Tables in memory that can die before or after the n-th record, as a process does.
actor MemoryLog: SagaLog {
    private var kept = SagaHistory()
    private(set) var end: SagaEnd?
    private(set) var records = 0
    private var dieAt: Int?
    private var dieAfterWriting = false

    func dies(at n: Int?, afterWriting: Bool = false) {
        dieAt = n
        dieAfterWriting = afterWriting
        records = 0
    }

    func history(of saga: UUID) -> SagaHistory { kept }

    func record(_ entry: SagaEntry<NoTables>, of saga: UUID) throws {
        records += 1
        if records == dieAt && !dieAfterWriting { throw Crash() }
        for (step, event) in entry.events { kept.events[step] = event }
        if let failure = entry.failure { kept.failure = failure }
        if let last = entry.end { end = last }
        if records == dieAt && dieAfterWriting { throw Crash() }
    }
}

actor World {
    private(set) var things: Set<String> = []
    let refuses: String?
    let keeps: String?

    init(refuses: String? = nil, keeps: String? = nil) {
        self.refuses = refuses
        self.keeps = keeps
    }

    func make(_ thing: String) throws {
        things.insert(thing)
        if thing == refuses { throw Refused() }
    }

    func remove(_ thing: String) throws {
        if thing == keeps { throw Refused() }
        things.remove(thing)
    }
}

private let names = ["address", "network", "disk", "boot"]
private let create = Saga<World, NoTables, String>(
    "create",
    names.map { name in
        .effect(name) { world, _ in
            try await world.make(name)
        } undo: { world, _ in
            try await world.remove(name)
        }
    })

@Suite struct SagaTests {
    @Test(arguments: names) func aFailedStepLeavesNothingBehind(step: String) async throws {
        let world = World(refuses: step)
        let log = MemoryLog()
        let end = try await SagaRunner(log: log).run(create, id: UUID(), parameters: "", in: world)
        #expect(end == .undone(step: step, why: "\(Refused())"))
        #expect(await world.things.isEmpty)
        #expect(await log.end == end)
    }

    @Test(arguments: 1...5, [true, false])
    func aCrashAtAnyRecordIsRecovered(at record: Int, afterWriting: Bool) async throws {
        let world = World()
        let log = MemoryLog()
        let runner = SagaRunner(log: log)
        await log.dies(at: record, afterWriting: afterWriting)
        await #expect(throws: Crash.self) {
            _ = try await runner.run(create, id: UUID(), parameters: "", in: world)
        }
        await log.dies(at: nil)
        #expect(try await runner.run(create, id: UUID(), parameters: "", in: world) == .succeeded)
        #expect(await world.things == Set(names))
    }

    @Test(arguments: names, 1...12)
    func aCrashWhileUnwindingIsRecovered(step: String, at record: Int) async throws {
        let world = World(refuses: step)
        let log = MemoryLog()
        let runner = SagaRunner(log: log)
        await log.dies(at: record, afterWriting: record.isMultiple(of: 2))
        _ = try? await runner.run(create, id: UUID(), parameters: "", in: world)
        await log.dies(at: nil)
        let end = try await runner.run(create, id: UUID(), parameters: "", in: world)
        #expect(end == .undone(step: step, why: "\(Refused())"))
        #expect(await world.things.isEmpty)
    }

    @Test func anUndoThatFailsIsStuckAndSaysWhere() async throws {
        let world = World(refuses: "boot", keeps: "disk")
        let log = MemoryLog()
        let end = try await SagaRunner(log: log).run(create, id: UUID(), parameters: "", in: world)
        guard case .stuck(let step, _) = end else { return #expect(Bool(false), "ended as \(end)") }
        #expect(step == "disk")
        #expect(await world.things == ["address", "network", "disk"])
    }
}
