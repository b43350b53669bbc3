import Foundation
import SloopEngine
import SloopModel
import SloopSaga
import SloopSSH
import SloopStore

/// Runs a launch script in its machine once, and brings its output and exit code home however often we are cut off.
enum RunLaunchScript {
    struct Parameters: Codable, Sendable {
        let instance: InstanceID
        let run: LaunchID
    }

    /// How long a running machine may be unreachable before the run is given up as interrupted.
    static let patience = Duration.seconds(1800)
    /// How long the output may be silent before the connection is made anew, in case it is dead.
    static let silence = Duration.seconds(600)

    static let saga = Saga<World, Tables, Parameters>(
        "run-launch-script",
        [
            .effect("start") { world, p in
                try await start(p, in: world)
            } recording: { tables, p in
                try tables.change(p.run) { run in
                    guard run.status == .pending else { return }
                    run.status = .running
                    run.startedAt = tables.now
                }
            },
            .effect("script") { world, p in
                try await follow(p, in: world)
            },
        ],
        atEnd: { tables, p, end in
            if case .succeeded = end { return }
            // It could not be started, or not be followed to its end.
            try tables.close(p.run, with: .interrupted, at: tables.now)
        })

    /// Records that the run is to begin; at most one of a machine is under way.
    @discardableResult
    static func accept(
        _ run: LaunchID, on instance: Instance, in tables: Tables, at time: Date
    ) throws -> SloopModel.Operation {
        try tables.accept(
            saga, Parameters(instance: instance.id, run: run), of: instance.account, on: instance.name,
            locks: [Lock.launch(instance.id)], at: time)
    }

    private static func start(_ p: Parameters, in world: World) async throws {
        guard let run = try await world.store.read({ try $0.find(p.run) }), !run.isOver else { return }
        let instance = try await world.instance(p.instance)
        try await beginLog(p, in: world)
        let began = world.now()
        try await retrying(p, in: world) {
            let output = LaunchOutput(p.run, in: world)
            let outcome = try await world.machines.withSession(instance, keep: true) { session in
                try await session.launch(
                    p.run, script: run.script, asRoot: world.engine.offersMachines, room: LaunchLogs.limit
                ) { output.append($0) }
            }
            // One that goes on, or of which a piece is missing here, is followed from where its log ends.
            guard let outcome, output.isWhole else { return true }
            await world.machines.drop(p.instance)
            try await world.store.write { try $0.close(p.run, with: outcome, startedAt: began, at: world.now()) }
            return true
        }
    }

    private static func follow(_ p: Parameters, in world: World) async throws {
        guard let run = try await world.store.read({ try $0.find(p.run) }), !run.isOver else { return }
        let instance = try await world.instance(p.instance)
        let outcome: LaunchProtocol.Outcome? = try await retrying(p, in: world) {
            // After a restore, or on another computer, the file is not there.
            try await beginLog(p, in: world)
            let offset = world.logs.size(p.run)
            let room = max(0, LaunchLogs.limit - offset)
            let output = LaunchOutput(p.run, in: world)
            let outcome = try await world.machines.withSession(instance) { session in
                try await session.follow(
                    p.run, from: offset, room: room, asRoot: world.engine.offersMachines, silence: silence
                ) { output.append($0) }
            }
            return output.isWhole ? outcome : nil
        }
        try await world.store.write { try $0.close(p.run, with: outcome ?? .interrupted, at: world.now()) }
    }

    /// Makes the file for the output, unless the machine goes: it may have been looked for and removed a moment before.
    private static func beginLog(_ p: Parameters, in world: World) async throws {
        try world.logs.begin(p.run)
        if let row = try await world.store.read({ try $0.find(p.instance) }), row.state != .deleting { return }
        try world.logs.remove(p.run)
    }

    /// Tries again after a lost connection, or while the body gives nil, for as long as the machine runs; nil if it does
    /// not, or is gone.
    @discardableResult
    private static func retrying<Value: Sendable>(
        _ p: Parameters, in world: World, _ body: () async throws -> Value?
    ) async throws -> Value? {
        var pause = Duration.milliseconds(100)
        let clock = world.clock
        var end = clock.instant + patience
        while true {
            let began = clock.instant
            var failure = SloopError(
                .operationFailed, "the output of the launch script does not come home",
                tip:
                    "see that the server's disk has room, and the log in the machine: \(LaunchProtocol.files(p.run)).output"
            )
            do {
                if let value = try await body() { return value }
            } catch let error as SloopError where error.code == .unreachable {
                guard try await world.engine.list()[p.instance] == .running else { return nil }
                failure = error
            }
            guard try await world.store.read({ try $0.find(p.instance) }) != nil else { return nil }
            if began.duration(to: clock.instant) > .seconds(60) { end = clock.instant + patience }
            guard clock.instant < end else { throw failure }
            try await clock.sleep(for: pause)
            pause = min(pause * 2, .seconds(15))
        }
    }
}

extension Tables {
    /// Ends the run, once.
    func close(
        _ run: LaunchID, with outcome: LaunchProtocol.Outcome, startedAt: Date? = nil, at time: Date
    ) throws {
        try change(run) { run in
            guard !run.isOver else { return }
            run.startedAt = run.startedAt ?? startedAt
            run.endedAt = time
            switch outcome {
            case .ended(let code):
                run.status = code == 0 ? .succeeded : .failed
                run.exitCode = code
            case .interrupted, .absent: run.status = .interrupted
            }
        }
    }
}
