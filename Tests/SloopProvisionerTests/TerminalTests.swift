import Foundation
import SloopModel
import SloopStore
import Synchronization
import Testing

@testable import SloopProvisioner

/// Terminals on a machine of the local engine, and a clock that the test sets.
@Suite(.needsSandbox, .timeLimit(.minutes(1))) struct TerminalTests {
    private final class SetClock: WorldClock {
        private let ahead = Mutex(Duration.zero)
        var instant: ContinuousClock.Instant { .now + ahead.withLock { $0 } }
        func sleep(until deadline: ContinuousClock.Instant) async throws {
            try await Task.sleep(until: deadline - ahead.withLock { $0 })
        }
        func advance(_ time: Duration) { ahead.withLock { $0 += time } }
    }

    private struct Bench {
        let rig: Rig
        let clock = SetClock()
        let open = OpenTerminals()
        let name: String
        let service: TerminalService

        init(_ rig: Rig) async throws {
            self.rig = rig
            name = try await rig.make().name
            let world = World(
                store: rig.everything, engine: rig.storage, logs: rig.folder.appending(path: "launch"), clock: clock)
            service = TerminalService(world: world.of(.default), open: open)
        }

        func terminal(isAllowed: @escaping @Sendable () async -> Bool = { true }) async throws -> Terminal {
            try await service.open(name, columns: 80, rows: 24, isAllowed: isAllowed)
        }

        func isOpen(_ terminal: Terminal) async -> Bool {
            await open.sweep(rig.everything)
            return (try? await service.find(terminal.id)) != nil
        }

        /// What the terminal shows until the text is in it.
        func shown(_ terminal: Terminal, to me: Int, until text: String) async throws -> String {
            var (all, end) = ([UInt8](), 0)
            while !String(decoding: all, as: UTF8.self).contains(text),
                let piece = try await terminal.output(after: end, to: me, upTo: .seconds(10))
            {
                (all, end) = (all + piece.bytes, piece.end)
            }
            return String(decoding: all, as: UTF8.self)
        }
    }

    @Test func aTerminalLastsAsLongAsItIsUsed() async throws {
        try await Rig.with { rig in
            let bench = try await Bench(rig)
            let terminal = try await bench.terminal()
            let me = await terminal.listen()
            _ = try await bench.shown(terminal, to: me, until: "$")
            for _ in 0..<3 {
                bench.clock.advance(.seconds(14 * 60))
                #expect(await bench.isOpen(terminal))
                try await terminal.type(Array("echo us''ed\r".utf8))
                #expect(try await bench.shown(terminal, to: me, until: "used").contains("used"))
            }
            bench.clock.advance(.seconds(16 * 60))
            #expect(await !bench.isOpen(terminal))
            #expect(try await terminal.output(after: .max, to: me, upTo: .seconds(10)) == nil)
        }
    }

    @Test func aTerminalThatNobodyLooksAtIsClosedUnlessSomebodyComesBack() async throws {
        try await Rig.with { rig in
            let bench = try await Bench(rig)
            let terminal = try await bench.terminal()
            let first = await terminal.listen()
            _ = try await bench.shown(terminal, to: first, until: "$")
            terminal.leave(first)
            bench.clock.advance(.seconds(20))
            #expect(await bench.isOpen(terminal))
            let second = await terminal.listen()
            // The one before has nothing to say any more, also not that he leaves.
            terminal.leave(first)
            bench.clock.advance(.seconds(60))
            #expect(await bench.isOpen(terminal))
            #expect(try await terminal.output(after: 0, to: first, upTo: .seconds(10)) == nil)
            #expect(try await bench.shown(terminal, to: second, until: "$").contains("$"))
            terminal.leave(second)
            bench.clock.advance(.seconds(31))
            #expect(await !bench.isOpen(terminal))
        }
    }

    @Test func aTerminalEndsWhenItsOwnerMayNotUseItAnyMore() async throws {
        try await Rig.with { rig in
            let bench = try await Bench(rig)
            let may = Mutex(true)
            let terminal = try await bench.terminal { may.withLock { $0 } }
            #expect(await bench.isOpen(terminal))
            may.withLock { $0 = false }
            #expect(await !bench.isOpen(terminal))
        }
    }

    @Test func anInstanceThatDoesNotRunHasNoTerminalAndAnothersAccountHasNone() async throws {
        try await Rig.with { rig in
            let bench = try await Bench(rig)
            let terminal = try await bench.terminal()
            let other = TerminalService(world: rig.world.of(Account(known: "red")), open: bench.open)
            await #expect(throws: SloopError.self) { try await other.find(terminal.id) }
            await #expect(throws: SloopError.self) {
                try await other.open(bench.name, columns: 80, rows: 24, isAllowed: { true })
            }
            try await rig.store.write { tables in
                try tables.change(tables.instance(named: bench.name).id) { $0.state = .stopping }
            }
            #expect(await !bench.isOpen(terminal))
            let error = await #expect(throws: SloopError.self) { try await bench.terminal() }
            #expect(error?.code == .wrongState)
        }
    }
}
