import Foundation
import Logging
import SloopModel
import SloopSaga
import SloopStore
import Testing

@testable import SloopProvisioner

@Suite(.needsSandbox) struct SagaDeskTests {
    private struct Parameters: Codable, Sendable { let number: Int }

    /// What a saga does at its end is done once, also if somebody looks for unfinished ones in the very moment.
    @Test func aSagaEndsOnceHoweverOftenItIsLookedFor() async throws {
        try await Rig.with { rig in
            let saga = Saga<World, Tables, Parameters>(
                "count", [.record("nothing", { _, _ in })],
                atEnd: { tables, p, _ in
                    let name = "ends-\(p.number)"
                    try tables.set(setting: name, to: "\((Int(try tables.setting(name) ?? "0") ?? 0) + 1)")
                })
            let desk = SagaDesk(
                world: rig.world, log: StoreLog(store: rig.store, now: rig.world.now) { _ in }, kinds: [SagaKind(saga)],
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            // One after the other, without a pause: some scan reads while a saga ends.
            let looker = Task { while !Task.isCancelled { await desk.scan() } }
            defer { looker.cancel() }
            let count = 300
            for number in 0..<count {
                _ = try await rig.store.write { tables in
                    try tables.accept(
                        saga, Parameters(number: number), of: .default, on: "web", locks: [], at: rig.world.now())
                }
            }
            let limit = ContinuousClock.now + .seconds(60)
            while try await !rig.store.read({ try $0.unfinishedSagas() }).isEmpty {
                try #require(ContinuousClock.now < limit, "sagas do not end")
                await Task.yield()
            }
            looker.cancel()
            await looker.value
            await desk.close()
            let ends = try await rig.store.read { tables in
                try (0..<count).map { try tables.setting("ends-\($0)") ?? "0" }
            }
            #expect(ends == Array(repeating: "1", count: count))
        }
    }
}
