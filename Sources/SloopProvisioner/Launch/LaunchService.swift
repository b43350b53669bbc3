package import Foundation
package import SloopModel
import SloopStore

/// The runs of launch scripts: their output, and doing it again.
package struct LaunchService: Sendable {
    let world: World
    let desk: SagaDesk

    /// A piece of a run's output.
    package struct Piece: Sendable {
        package let run: LaunchRun
        package let offset: Int
        package let data: Data
    }

    /// Bytes in one answer.
    static let pieceLimit = 256 << 10

    /// The output of the newest run, or of that run, from the offset on; waits for more if there is none yet.
    ///
    /// An empty piece of a run that is over is its end.
    package func log(
        of name: String, run id: LaunchID?, from offset: Int, upTo limit: Duration
    ) async throws -> Piece {
        guard offset >= 0 else {
            throw SloopError(.invalidInput, "the offset \(offset) is negative", tip: "begin with 0")
        }
        return try await world.changes.wait(upTo: limit) { (piece: Piece) in
            !piece.data.isEmpty || piece.run.isOver
        } _: {
            // The row first: output that came before the end is then never missed.
            let run = try await find(of: name, id)
            let data = try world.logs.read(run.id, from: offset, limit: LaunchService.pieceLimit)
            return Piece(run: run, offset: offset, data: data)
        }
    }

    /// The last lines of a run's output.
    package func tail(of run: LaunchID, lines: Int = 20) -> String {
        let size = world.logs.size(run)
        let data = (try? world.logs.read(run, from: size - 8192, limit: 8192)) ?? Data()
        let all = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        return all.suffix(lines + 1).joined(separator: "\n")
    }

    private func find(of name: String, _ id: LaunchID?) async throws -> LaunchRun {
        try await world.store.read { tables in
            let instance = try tables.instance(named: name)
            let run = try id.map { try tables.find($0) } ?? tables.latestRun(of: instance.id)
            guard let run, run.instance == instance.id else {
                throw SloopError(
                    .notFound, "the instance '\(name)' has no launch script\(id == nil ? "" : " run of that id")",
                    tip: "run one: sloop instance rerun \(name) --script FILE")
            }
            return run
        }
    }

    /// A run is seen to be over a moment before its operation: who ran a script and runs it again is not too early.
    private func waitForEnd(_ name: String) async throws {
        let holder = try await world.store.read { tables in
            guard let instance = try tables.find(instance: name),
                try tables.latestRun(of: instance.id)?.isOver == true
            else { return nil as OperationID? }
            return try tables.holder(of: Lock.launch(instance.id))?.id
        }
        if let holder { await desk.end(of: holder) }
    }

    /// Runs the instance's launch script again, or another one.
    package func rerun(_ name: String, script: String?) async throws -> (
        run: LaunchRun, operation: SloopModel.Operation
    ) {
        let checked = try script.map { try LaunchScript($0) }
        let now = world.now()
        try await waitForEnd(name)
        let answer = try await world.store.write { tables in
            let instance = try tables.instance(named: name)
            guard instance.state == .running else {
                throw SloopError(
                    .wrongState, "the instance '\(name)' is \(instance.state.rawValue)",
                    tip: "a launch script runs in a running instance: sloop instance start \(name)")
            }
            guard let text = try checked?.text ?? tables.latestRun(of: instance.id)?.script else {
                throw SloopError(
                    .invalidInput, "the instance '\(name)' has no launch script",
                    tip: "give one: sloop instance rerun \(name) --script FILE")
            }
            let run = LaunchRun(id: LaunchID(), instance: instance.id, script: text, createdAt: now)
            try tables.insert(run)
            return (run, try RunLaunchScript.accept(run.id, on: instance, in: tables, at: now))
        }
        await desk.scan()
        return (run: answer.0, operation: answer.1)
    }
}
