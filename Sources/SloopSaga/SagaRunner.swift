/// Runs a saga, or goes on with one that was cut off.
package struct SagaRunner<Log: SagaLog>: Sendable {
    package let log: Log

    package init(log: Log) { self.log = log }

    /// Brings the saga to its end and says how it ended.
    ///
    /// Throws only if the log cannot be written, or if the task was cancelled: then the saga has not ended,
    /// and a later `run` with the same id goes on with it.
    package func run<World, Parameters>(
        _ saga: Saga<World, Log.Transaction, Parameters>, id: Log.ID, parameters: Parameters, in world: World
    ) async throws -> SagaEnd {
        let before = try await log.history(of: id)
        if before.isUnwinding {
            return try await unwind(saga, id, parameters, world, before)
        }
        // What was done is written together with what comes next: one durable write between two effects.
        var entry = SagaEntry<Log.Transaction>()
        for (index, step) in saga.steps.enumerated() where before.events[index] != .succeeded {
            try Task.checkCancellation()
            if step.isEffect {
                if before.events[index] == nil { entry.events.append((index, .started)) }
                if !entry.isEmpty { try await log.record(entry, of: id) }
                entry = SagaEntry()
                do {
                    try await step.work(world, parameters)
                } catch {
                    // A daemon that is going down must not undo what its successor can finish.
                    if Task.isCancelled { throw CancellationError() }
                    entry.events = [(index, .failed)]
                    entry.failure = "\(error)"
                    try await log.record(entry, of: id)
                    return try await unwind(saga, id, parameters, world, try await log.history(of: id))
                }
            }
            entry.events.append((index, .succeeded))
            entry.writes.append { try step.write($0, parameters) }
        }
        return try await finish(saga, id, parameters, .succeeded, entry)
    }

    /// Undoes the begun steps, last first: also the one that failed, which may have done half its work.
    private func unwind<World, Parameters>(
        _ saga: Saga<World, Log.Transaction, Parameters>, _ id: Log.ID, _ parameters: Parameters, _ world: World,
        _ history: SagaHistory
    ) async throws -> SagaEnd {
        let events = history.events
        let why = history.failure ?? "it was cut off"
        // The step that failed is the last one that was begun.
        let failed = saga.steps[events.keys.max() ?? 0].name
        var entry = SagaEntry<Log.Transaction>()
        for (index, step) in saga.steps.enumerated().reversed()
        where events[index] != nil && events[index] != .undone {
            try Task.checkCancellation()
            do {
                try await step.undo(world, parameters)
            } catch {
                if Task.isCancelled { throw CancellationError() }
                entry.events.append((index, .undoFailed))
                let end = SagaEnd.stuck(step: step.name, why: "\(why); undoing \(step.name): \(error)")
                return try await finish(saga, id, parameters, end, entry)
            }
            entry.events.append((index, .undone))
            entry.writes.append { try step.unwrite($0, parameters) }
            if step.isEffect && index > 0 {
                try await log.record(entry, of: id)
                entry = SagaEntry()
            }
        }
        return try await finish(saga, id, parameters, .undone(step: failed, why: why), entry)
    }

    private func finish<World, Parameters>(
        _ saga: Saga<World, Log.Transaction, Parameters>, _ id: Log.ID, _ parameters: Parameters, _ end: SagaEnd,
        _ last: SagaEntry<Log.Transaction>
    ) async throws -> SagaEnd {
        var entry = last
        entry.end = end
        entry.writes.append { try saga.atEnd($0, parameters, end) }
        try await log.record(entry, of: id)
        return end
    }
}
