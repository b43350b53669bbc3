import SloopModel
import SloopProvisioner
import SloopStore

/// Kills the server at every event of a saga, and again at every event of the recovery from that; and fails each request
/// that it makes, and kills it at every event of what follows.
struct Sweep {
    let base: Base
    /// Every first death is tried, and of what may come after one, or in place of one, every so-manieth.
    let stride: Int

    private struct Outcome {
        /// Of each server, until all was quiet.
        var events: [Int] = []
        var requests = 0
        /// From the start of the last server, or from the call, until nothing was unfinished.
        var duration = Duration.zero
    }

    /// Whether nothing was violated.
    func sweep(_ one: SagaCase) throws -> Bool {
        var count = 0
        var longest = Duration.zero
        func attempt(_ deaths: [Int], failing: (Int, Site.Mishap)? = nil, limit: Duration? = nil) throws -> Outcome {
            count += 1
            do {
                let outcome = try trial(one, deaths, failing, limit)
                if !deaths.isEmpty { longest = max(longest, outcome.duration) }
                return outcome
            } catch let violation as Violation {
                let what = failing.map { ", with request \($0.0) \($0.1)" } ?? ""
                throw Violation("\(one.name), killed at the events \(deaths)\(what): \(violation)")
            }
        }
        do {
            let undisturbed = try attempt([])
            // The rhythm of reconciliation, and what the saga itself takes.
            let limit = undisturbed.duration + .seconds(5)
            var progress = Progress("events of \(one.name)", of: undisturbed.events[0])
            for first in 1...undisturbed.events[0] {
                progress.reached(first - 1)
                let outcome = try attempt([first], limit: limit)
                guard outcome.events.count > 1, first % stride == 0 else { continue }
                for second in Swift.stride(from: 1 + first / stride % stride, through: outcome.events[1], by: stride) {
                    _ = try attempt([first, second], limit: limit)
                }
            }
            for request in 1...undisturbed.requests {
                for mishap in Site.Mishap.allCases {
                    let failed = try attempt([], failing: (request, mishap))
                    for first in Swift.stride(from: 1 + request % stride, through: failed.events[0], by: stride) {
                        _ = try attempt([first], failing: (request, mishap))
                    }
                }
            }
            say(
                "\(one.name): ok, \(undisturbed.events[0]) events, \(undisturbed.requests) requests, \(count) runs; "
                    + "recovered in at most \(longest / .milliseconds(1)) ms")
            return true
        } catch let violation as Violation {
            say("FAILED: \(violation)")
            return false
        }
    }

    /// Shows one of them.
    func show(_ one: SagaCase, _ deaths: [Int], _ failing: (Int, Site.Mishap)?) throws {
        _ = try trial(one, deaths, failing, nil, isShown: true)
    }

    private func trial(
        _ one: SagaCase, _ deaths: [Int], _ failing: (Int, Site.Mishap)?, _ limit: Duration?, isShown: Bool = false
    ) throws -> Outcome {
        let run = try Run(1, in: base, isShown: isShown)
        defer { run.leave() }
        if one.isWarm { run.warm = try Run.oneReady }
        let box = Box()
        try run.play { run in
            let before = await run.upServer()
            try await run.importPairs(before)
            try await one.prepare(run, before.services)
            try await quiet(run)
            let (events, requests) = (before.events, run.site.requests)
            var rest = deaths[...]
            before.eventsLeft = rest.popFirst()
            run.nextDeath = { [rest = Array(rest)] in rest.count >= run.servers - 1 ? rest[run.servers - 2] : nil }
            run.site.failing = failing.map { (requests + $0.0, $0.1) }
            var since = run.loop.time
            run.trace.note("----- \(one.name)")
            do { try await one.act(run, before.services) } catch is CancellationError {
            } catch let error as SloopError where failing != nil || error.code == .operationFailed {}
            try await quiet(run)
            if run.servers > 1 { since = run.latest?.startedAt ?? since }
            box.outcome.duration = run.loop.time - since
            box.outcome.events = run.eventsOfServers
            box.outcome.events[0] -= events
            box.outcome.requests = run.site.requests - requests
            if let failing {
                // What failed with its answer lost was done all the same: that is seen at the next comparison. What is done
                // late is seen later, and collected if it has no row.
                await run.loop.sleep(failing.1 == .late ? Server.grace + .seconds(16) : .seconds(11))
                try await quiet(run)
            }
            try run.checkQuiet()
            if let limit, box.outcome.duration > limit { throw Violation("it took \(box.outcome.duration)") }
            let operations = try await run.upServer().store.of(.default).readNow { try $0.operations(limit: 100) }
            guard failing == nil else { return }
            guard !deaths.isEmpty || operations.contains(where: { $0.kind == one.kind }) else {
                throw Violation("it was not run")
            }
            let failed = operations.filter { $0.status != .succeeded }
            if let one = failed.first { throw Violation("\(one.kind) is \(one.status): \(one.error ?? "")") }
        }
        return box.outcome
    }

    private final class Box: @unchecked Sendable {
        var outcome = Outcome()
    }

    private func quiet(_ run: Run) async throws {
        let start = run.loop.time
        let end = start + .seconds(900)
        while true {
            let server = await run.upServer()
            let isQuiet = try server.store.readNow { tables in
                try tables.unfinishedSagas().isEmpty && tables.openTargets().isEmpty && run.difference(tables) == nil
            }
            if isQuiet { return }
            guard run.loop.time < end else { throw Violation("there is no end: \(try server.unfinished(run))") }
            // More and more seldom: a launch script takes a while, and each look a query.
            await run.loop.sleep(max(.milliseconds(10), (run.loop.time - start) / 20))
        }
    }
}
