import Foundation
import SloopEngine
import SloopModel
import SloopSaga
import SloopSSH
import SloopStore
import Synchronization

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
            try tables.close(p.run, as: .interrupted, nil, at: tables.now)
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
        let script = Array(run.script.utf8)
        try world.logs.begin(p.run)
        try await retrying(p, in: world) {
            let result = try await world.machines.withSession(instance, keep: true) { session in
                try await session.start(p.run, script: script, asRoot: world.engine.offersMachines)
            }
            guard result.exitCode == 0 else {
                throw SloopError(
                    .operationFailed,
                    "the launch script cannot be started in '\(instance.name)' (exit code \(result.exitCode)): "
                        + String(decoding: result.stderr, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
                )
            }
            return true
        }
    }

    private static func follow(_ p: Parameters, in world: World) async throws {
        guard let run = try await world.store.read({ try $0.find(p.run) }), !run.isOver else { return }
        let instance = try await world.instance(p.instance)
        // After a restore, or on another computer, the file is not there; one of a machine that goes must not come back.
        if instance.state != .deleting { try world.logs.begin(p.run) }
        let outcome: LaunchProtocol.Outcome? = try await retrying(p, in: world) {
            let offset = world.logs.size(p.run)
            let room = max(0, LaunchLogs.limit - offset)
            let isWhole = Mutex(true)
            let outcome = try await world.machines.withSession(instance) { session in
                try await session.follow(
                    p.run, from: offset, room: room, asRoot: world.engine.offersMachines, silence: silence
                ) { bytes in
                    // After a piece that could not be written no other may follow: all is fetched again from there.
                    isWhole.withLock { isWhole in
                        isWhole = isWhole && (try? world.logs.append(bytes, to: p.run)) != nil
                    }
                    world.didLog()
                }
            }
            guard isWhole.withLock({ $0 }) else { return nil }
            return outcome
        }
        try await world.store.write { tables in
            switch outcome {
            case .ended(let code): try tables.close(p.run, as: code == 0 ? .succeeded : .failed, code, at: world.now())
            case .interrupted, .absent, nil: try tables.close(p.run, as: .interrupted, nil, at: world.now())
            }
        }
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
                tip: "see that the server's disk has room, and the log in the machine: \(LaunchProtocol.folder(p.run))")
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
    func close(_ run: LaunchID, as status: LaunchRun.Status, _ code: Int?, at time: Date) throws {
        try change(run) { run in
            guard !run.isOver else { return }
            run.status = status
            run.exitCode = code
            run.endedAt = time
        }
    }
}
