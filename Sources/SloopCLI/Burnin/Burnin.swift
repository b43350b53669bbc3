import Foundation
import SloopModel
import Synchronization

/// Takes machines all the way that users go with them, many at once, on a server of its own, and says how it went.
///
/// All of it is done with the commands that people use. Nothing is left of it, also when it is told to end.
package struct Burnin: Sendable {
    /// `local`, `incus` or `auto`.
    package var engine: String
    /// How many machines, all at once.
    package var machines: Int
    /// Nil for the smallest that the engine has.
    package var blueprint: String?
    package var plan = "nano"
    /// The folder with plans.json and blueprints/; nil for the one that came with the program.
    package var catalog: String?
    /// This program.
    package var program: String

    package init(engine: String, machines: Int, program: String) {
        self.engine = engine
        self.machines = machines
        self.program = program
    }

    /// Whether it was told to end: what is there is then deleted, and nothing more is begun.
    final class Interruption: Sendable {
        private let flag = Mutex(false)
        var isWanted: Bool { flag.withLock { $0 } }
        func want() { flag.withLock { $0 = true } }
    }

    /// Does it, and prints the report. Gives whether all went well; throws if it could not even begin.
    package func run(as format: OutputFormat) async throws -> BurninReport {
        let interruption = Interruption()
        let signals = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if !interruption.isWanted { Terminal.current.note("told to end: deleting what there is") }
                interruption.want()
            }
            source.resume()
            return source
        }
        defer { for source in signals { source.cancel() } }
        let server = try await BurninServer(self)
        let result: Result<BurninReport, any Error>
        do { result = .success(try await burn(server, interruption)) } catch { result = .failure(error) }
        let left = await server.leftovers()
        await server.end(keeping: !left.isEmpty)
        var report = try result.get()
        report.leftovers = left
        report.wasInterrupted = interruption.isWanted
        Terminal.current.print(
            format == .json ? try JSONDocument.text(report) : report.text(Terminal.current.outputStyle))
        if !left.isEmpty {
            Terminal.current.note(
                "what is left can be deleted by hand: \(program) serve --state \(server.folder) --engine \(report.engine)"
            )
        }
        return report
    }

    private func burn(_ server: BurninServer, _ interruption: Interruption) async throws -> BurninReport {
        let start = ContinuousClock.now
        let engine = try await server.engine()
        let hasMachines = engine != "local"
        let blueprint = blueprint ?? (hasMachines ? "debian-12" : "sandbox")
        var report = BurninReport(engine: engine, machines: machines, blueprint: blueprint, plan: plan)
        Terminal.current.note(
            "burning in \(machines) machines of \(blueprint) on the engine \(engine), in \(server.folder)")
        let images = hasMachines ? try await server.json(["image", "list"]) as? [[String: Any]] ?? [] : []
        let isThere = images.contains { $0["blueprint"] as? String == blueprint && $0["state"] as? String == "ready" }
        if hasMachines, !isThere {
            // Once, and not as a part of each machine's first step.
            let took = ContinuousClock.now
            let image = try await server.sloop(["image", "build", blueprint])
            report.note("image", of: blueprint, took.duration(to: .now), image.code == 0 ? nil : image.complaint)
        }
        let steps = BurninMachine.steps.filter { hasMachines || !$0.needsMachines }
        report.expect(steps.map(\.name), machines)
        await withTaskGroup(of: [BurninReport.Outcome].self) { group in
            for number in 1...machines {
                let machine = BurninMachine(
                    name: "burnin-\(number)", server: server, blueprint: blueprint, plan: plan)
                group.addTask { await machine.go(steps, interruption) }
            }
            for await outcomes in group { report.take(outcomes) }
        }
        report.seconds = start.duration(to: .now).seconds
        return report
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
