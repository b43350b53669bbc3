/// A piece of work done in steps, each of which can be undone.
///
/// A saga either finishes every step or undoes every step it may have begun, also when the process dies
/// in between: each step is written to a log before and after it runs, and ``SagaRunner`` goes on from the log.
/// A step and its undo may run more than once. Both must be idempotent.
///
///     Saga("create-instance", [
///         .effect("machine") { world, p in try await world.engine.create(p.machine) }
///             undo: { world, p in try await world.engine.delete(p.machine.id) },
///         .record("running", { tables, p in try tables.setState(.running, of: p.machine.id) }),
///     ])
package struct Saga<World: Sendable, Transaction, Parameters: Codable & Sendable>: Sendable {
    package let name: String
    package let steps: [Step]
    /// Written in the same transaction as the end of the saga, whichever way it ended.
    package let atEnd: @Sendable (Transaction, Parameters, SagaEnd) throws -> Void

    package init(
        _ name: String, _ steps: [Step],
        atEnd: @escaping @Sendable (Transaction, Parameters, SagaEnd) throws -> Void = { _, _, _ in }
    ) {
        self.name = name
        self.steps = steps
        self.atEnd = atEnd
    }

    package struct Step: Sendable {
        package typealias Work = @Sendable (World, Parameters) async throws -> Void
        package typealias Write = @Sendable (Transaction, Parameters) throws -> Void

        package let name: String
        /// Whether the step changes the world outside of the database.
        let isEffect: Bool
        let work: Work
        let undo: Work
        let write: Write
        let unwrite: Write

        /// Changes the world outside of the database. `recording` is committed together with the step's success.
        package static func effect(
            _ name: String, _ work: @escaping Work, undo: @escaping Work = { _, _ in },
            recording: @escaping Write = { _, _ in }
        ) -> Step {
            Step(name: name, isEffect: true, work: work, undo: undo, write: recording, unwrite: { _, _ in })
        }

        /// Changes only our tables, in the same transaction as the step's success, or as its undoing.
        package static func record(
            _ name: String, _ write: @escaping Write, undo unwrite: @escaping Write = { _, _ in }
        ) -> Step {
            Step(
                name: name, isEffect: false, work: { _, _ in }, undo: { _, _ in }, write: write, unwrite: unwrite)
        }
    }
}
