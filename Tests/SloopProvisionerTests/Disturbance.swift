import SloopModel
import SloopStore
import Synchronization

@testable import SloopSaga

/// The process died, as far as the saga can tell.
struct Death: Error {}
/// What a step is made to fail with.
struct Injected: Error {}

/// A log that dies once, before or after the n-th entry is written.
final class DyingLog: SagaLog {
    private let log: StoreLog
    private let moment: (entry: Int, afterWriting: Bool)?
    private let count = Mutex(0)

    init(_ log: StoreLog, at moment: (entry: Int, afterWriting: Bool)?) {
        self.log = log
        self.moment = moment
    }

    var entries: Int { count.withLock { $0 } }

    func history(of saga: OperationID) async throws -> SagaHistory { try await log.history(of: saga) }

    func record(_ entry: SagaEntry<Tables>, of saga: OperationID) async throws {
        let number = count.withLock { count in
            count += 1
            return count
        }
        if number == moment?.entry && moment?.afterWriting == false { throw Death() }
        try await log.record(entry, of: saga)
        if number == moment?.entry { throw Death() }
    }
}

extension Saga {
    /// The same, with a step that fails after it has done its work.
    func failing(at index: Int) -> Saga {
        changing { number, step in
            guard number == index else { return step }
            return Step(
                name: step.name, isEffect: true,
                work: { world, parameters in
                    try await step.work(world, parameters)
                    throw Injected()
                }, undo: step.undo, write: step.write, unwrite: step.unwrite)
        }
    }

    /// The same, with every step and every undo done twice.
    func repeating() -> Saga {
        changing { _, step in
            Step(
                name: step.name, isEffect: step.isEffect,
                work: { world, parameters in
                    try await step.work(world, parameters)
                    try await step.work(world, parameters)
                },
                undo: { world, parameters in
                    try await step.undo(world, parameters)
                    try await step.undo(world, parameters)
                }, write: step.write, unwrite: step.unwrite)
        }
    }

    var effects: [Int] { steps.indices.filter { steps[$0].isEffect } }

    private func changing(_ change: (Int, Step) -> Step) -> Saga {
        Saga(name, steps.enumerated().map { change($0, $1) }, atEnd: atEnd)
    }
}
