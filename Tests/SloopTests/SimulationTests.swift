import Foundation
import Testing

/// The simulation itself; its seeds are run by `make simulate`.
@Suite struct SimulationTests {
    private func simulate(_ words: String...) throws -> Daemon.Run {
        let program = URL(filePath: Daemon.program).deletingLastPathComponent().appending(path: "sloop-simulate").path
        return try Daemon.run(program, words, [:], in: URL(filePath: "/tmp"))
    }

    /// With servers that die, many clients and faults: nothing may depend on threads, clocks, addresses or the hash's salt.
    @Test(arguments: [7, 19, 121]) func aSeedIsOneCourseOfEvents(_ seed: Int) throws {
        let first = try simulate("--seed", "\(seed)")
        #expect(first.code == 0, "\(first.out.suffix(2000))")
        #expect(first.out.count > 1000)
        #expect(try simulate("--seed", "\(seed)").out == first.out)
    }

    @Test func anotherSeedIsAnotherCourseOfEvents() throws {
        #expect(try simulate("--seed", "1").out != simulate("--seed", "2").out)
    }

    @Test func everySagaIsSwept() throws {
        #expect(try simulate("--unswept").out == "")
    }
}
