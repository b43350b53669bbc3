import Foundation
import SloopModel
import Synchronization
import Testing

@testable import SloopProvisioner

/// How long links and sessions of the console last, by a clock that the test sets.
@Suite struct ConsoleSessionTests {
    private final class SetClock: Sendable {
        private let time = Mutex(Date(timeIntervalSince1970: 1_790_000_000))
        var now: Date { time.withLock { $0 } }
        func advance(_ seconds: Double) { time.withLock { $0 += seconds } }
    }

    private func with(_ body: (SetClock, ConsoleSessionService) async throws -> Void) async throws {
        try await Rig.with { rig in
            let clock = SetClock()
            let world = World(
                store: rig.everything, engine: rig.storage, logs: rig.folder.appending(path: "launch"),
                now: { clock.now })
            try await body(clock, ConsoleSessionService(world: world))
        }
    }

    @Test func aLinkLastsTenMinutes() async throws {
        try await with { clock, sessions in
            let (early, late) = (try await sessions.link(for: "default"), try await sessions.link(for: "default"))
            clock.advance(599)
            _ = try await sessions.signIn(early.token)
            clock.advance(2)
            let error = await #expect(throws: SloopError.self) { try await sessions.signIn(late.token) }
            #expect(error?.code == .accessDenied)
        }
    }

    @Test func aSessionEndsAfterAnHourWithoutUseAndTwelveHoursInAll() async throws {
        try await with { clock, sessions in
            let unused = try await sessions.signIn(try await sessions.link(for: "default").token).token
            let used = try await sessions.signIn(try await sessions.link(for: "default").token).token
            // To look whether it still is one is no use of it.
            for _ in 0..<11 {
                #expect(try await sessions.find(used) != nil)
                clock.advance(3590)
                _ = try await sessions.find(unused, isUse: false)
            }
            #expect(try await sessions.find(unused) == nil)
            #expect(try await sessions.find(used) != nil)
            clock.advance(3590)
            #expect(try await sessions.find(used) != nil)
            clock.advance(121)
            #expect(try await sessions.find(used) == nil)
        }
    }
}
