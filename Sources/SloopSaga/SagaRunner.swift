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
            return try await unwind(saga, id, parameters, world, why: before.failure ?? "it was cut off")
        }
        for (index, step) in saga.steps.enumerated() where before.events[index] != .succeeded {
            try Task.checkCancellation()
            if before.events[index] == nil {
                try await log.record(.started, step: index, of: id, error: nil) { _ in }
            }
            do {
                try await step.work(world, parameters)
            } catch {
                // A daemon that is going down must not undo what its successor can finish.
                if Task.isCancelled { throw CancellationError() }
                let why = "\(error)"
                try await log.record(.failed, step: index, of: id, error: why) { _ in }
                return try await unwind(saga, id, parameters, world, why: why)
            }
            try await log.record(.succeeded, step: index, of: id, error: nil) { try step.write($0, parameters) }
        }
        return try await finish(saga, id, parameters, .succeeded)
    }

    /// Undoes the begun steps, last first: also the one that failed, which may have done half its work.
    private func unwind<World, Parameters>(
        _ saga: Saga<World, Log.Transaction, Parameters>, _ id: Log.ID, _ parameters: Parameters, _ world: World,
        why: String
    ) async throws -> SagaEnd {
        let events = try await log.history(of: id).events
        let failed = events.keys.max() ?? 0
        let name = saga.steps[failed].name
        for (index, step) in saga.steps.enumerated().reversed()
        where events[index] != nil && events[index] != .undone {
            try Task.checkCancellation()
            try await log.record(.undoStarted, step: index, of: id, error: nil) { _ in }
            do {
                try await step.undo(world, parameters)
            } catch {
                if Task.isCancelled { throw CancellationError() }
                try await log.record(.undoFailed, step: index, of: id, error: "\(error)") { _ in }
                return try await finish(
                    saga, id, parameters, .stuck(step: step.name, why: "\(why); undoing \(step.name): \(error)"))
            }
            try await log.record(.undone, step: index, of: id, error: nil) { try step.unwrite($0, parameters) }
        }
        return try await finish(saga, id, parameters, .undone(step: name, why: why))
    }

    private func finish<World, Parameters>(
        _ saga: Saga<World, Log.Transaction, Parameters>, _ id: Log.ID, _ parameters: Parameters, _ end: SagaEnd
    ) async throws -> SagaEnd {
        try await log.end(id, end) { try saga.atEnd($0, parameters, end) }
        return end
    }
}
