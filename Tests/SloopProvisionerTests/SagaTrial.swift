import SloopModel
import SloopStore
import Testing

@testable import SloopProvisioner
@testable import SloopSaga

/// What a saga's test brings: how the saga is accepted, and what must hold besides the rules for all.
struct Case: Sendable {
    /// What the engine has besides machines; nil for none.
    var images: (@Sendable () -> FakeImages)?
    /// Brings about the state before, and accepts the saga.
    let accept: @Sendable (Rig) async throws -> OperationID
    /// Checked where the saga was cut off.
    var meanwhile: @Sendable (Rig, Comment) async throws -> Void = { _, _ in }
    /// Checked at the end.
    let after: @Sendable (Rig, _ isDone: Bool, Comment) async throws -> Void
}

/// A moment at which the process dies: before or after it has written the n-th entry of the saga's log.
typealias Moment = (entry: Int, afterWriting: Bool)

/// Runs the saga in every way that it can be disturbed: it dies before and after each entry of its log and is taken up
/// again, fails at each step, dies in the midst of its undoing, and does every step and undo twice.
func endure<Parameters>(_ saga: Saga<World, Tables, Parameters>, _ test: Case) async throws {
    let entries = try await trial(saga, test, dying: nil, "undisturbed")
    _ = try await trial(saga.repeating(), test, dying: nil, "every step twice")
    try await dyings(saga, test, 1...entries, "")
    for index in saga.effects {
        let what = "failing at \(saga.steps[index].name)"
        let entries = try await trial(saga.failing(at: index), test, dying: nil, "\(what)")
        _ = try await trial(saga.failing(at: index).repeating(), test, dying: nil, "\(what), every step twice")
        // The entries before the failure are those of the undisturbed run.
        try await dyings(saga.failing(at: index), test, (index + 2)...entries, ", \(what)")
    }
}

private func dyings<Parameters>(
    _ saga: Saga<World, Tables, Parameters>, _ test: Case, _ entries: ClosedRange<Int>, _ what: String
) async throws {
    for entry in entries {
        for afterWriting in [false, true] {
            _ = try await trial(
                saga, test, dying: (entry, afterWriting),
                "dying \(afterWriting ? "after" : "before") entry \(entry)\(what)")
        }
    }
}

/// Runs it once, and says how many entries it wrote.
private func trial<Parameters>(
    _ saga: Saga<World, Tables, Parameters>, _ test: Case, dying moment: Moment?, _ what: String
) async throws -> Int {
    let comment: Comment = "\(saga.name), \(what)"
    var entries = 0
    try await Rig.with { rig in
        let images = test.images?()
        let id = try await test.accept(rig)
        let parameters = try await rig.parameters(id, as: Parameters.self)
        let log = DyingLog(StoreLog(store: rig.store, now: rig.world.now) { _ in }, at: moment)
        do {
            let world = try images.map { try rig.heir($0) } ?? rig.world
            _ = try await SagaRunner(log: log).run(saga, id: id, parameters: parameters, in: world)
            #expect(moment == nil, "\(comment): it did not die")
        } catch is Death {
            try await rig.checkMachines("\(comment), meanwhile")
            try await test.meanwhile(rig, comment)
        }
        entries = log.entries
        // What a new process does: it knows nothing but what is recorded.
        let heir = try rig.heir(images)
        if try await rig.store.read({ try $0.operation(id)?.isOver }) == false {
            let next = StoreLog(store: rig.store, now: rig.world.now) { _ in }
            _ = try await SagaRunner(log: next).run(saga, id: id, parameters: parameters, in: heir)
        }
        try await finishOthers(rig)
        try await rig.check(comment)
        let status = try await rig.store.read { try $0.operation(id)?.status }
        #expect(status == .succeeded || status == .failed, comment)
        try await test.after(rig, status == .succeeded, comment)
    }
    return entries
}

/// Runs what the saga has left to be run after it.
private func finishOthers(_ rig: Rig) async throws {
    for _ in 0..<5 {
        let open = try await rig.store.read { try $0.unfinishedSagas() }
        for record in open { try await rig.run(record.id) }
        if open.isEmpty { return }
    }
}
