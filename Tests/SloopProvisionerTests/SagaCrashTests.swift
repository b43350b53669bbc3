import Foundation
import SloopEngine
import SloopModel
import SloopSSH
import SloopStore
import Testing

@testable import SloopProvisioner
@testable import SloopSaga

/// What a saga's test brings: how the saga is accepted, and what must hold besides the rules for all.
struct Case: Sendable {
    /// Brings about the state before, and accepts the saga.
    let accept: @Sendable (Rig) async throws -> OperationID
    /// Checked where the saga was cut off.
    var meanwhile: @Sendable (Rig, Comment) async throws -> Void = { _, _ in }
    /// Checked at the end; nil as the second is success.
    let after: @Sendable (Rig, SagaEnd, Comment) async throws -> Void
}

/// Runs the saga in every way that it can be disturbed: it dies before and after each entry of its log and is taken up
/// again, fails at each step, and does every step and undo twice.
func endure<Parameters>(_ saga: Saga<World, Tables, Parameters>, _ test: Case) async throws {
    let entries = try await trial(saga, saga, test, dying: nil, "undisturbed")
    _ = try await trial(saga, saga.repeating(), test, dying: nil, "every step twice")
    for index in saga.effects {
        _ = try await trial(saga, saga.failing(at: index), test, dying: nil, "failing at \(saga.steps[index].name)")
        _ = try await trial(
            saga, saga.failing(at: index).repeating(), test, dying: (entries, false),
            "failing at \(saga.steps[index].name), twice, dying")
    }
    for entry in 1...entries {
        for afterWriting in [false, true] {
            _ = try await trial(
                saga, saga, test, dying: (entry, afterWriting),
                "dying \(afterWriting ? "after" : "before") entry \(entry)")
        }
    }
}

private func trial<Parameters>(
    _ plain: Saga<World, Tables, Parameters>, _ saga: Saga<World, Tables, Parameters>, _ test: Case,
    dying moment: (entry: Int, afterWriting: Bool)?, _ what: String
) async throws -> Int {
    let comment: Comment = "\(saga.name), \(what)"
    var entries = 0
    try await Rig.with { rig in
        let id = try await test.accept(rig)
        let parameters = try await rig.parameters(id, as: Parameters.self)
        let log = DyingLog(StoreLog(store: rig.store, now: rig.world.now) {}, at: moment)
        var end: SagaEnd?
        do {
            end = try await SagaRunner(log: log).run(saga, id: id, parameters: parameters, in: rig.world)
        } catch is Death {
            try await test.meanwhile(rig, comment)
        }
        entries = log.entries
        if try await rig.store.read({ try $0.operation(id)?.isOver }) == false {
            // What a new process does: it knows nothing but the log.
            let next = StoreLog(store: rig.store, now: rig.world.now) {}
            end = try await SagaRunner(log: next).run(saga, id: id, parameters: parameters, in: rig.world)
        }
        try await finishOthers(rig)
        try await rig.check(comment)
        try await test.after(rig, end ?? .succeeded, comment)
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

@Suite(.needsSandbox) struct SagaCrashTests {
    @Test func everySagaIsHere() {
        let tested: Set = [
            "create-instance", "delete-instance", "start-instance", "stop-instance", "reboot-instance",
            "rotate-instance-key", "run-launch-script",
        ]
        #expect(Set(SagaKind.all.map(\.name)) == tested)
    }

    @Test func createInstance() async throws {
        try await endure(
            CreateInstance.saga,
            Case(
                accept: { try await $0.order(script: "echo once >> ~/runs").id },
                after: { rig, end, comment in
                    let row = try await rig.store.read { try $0.find(instance: "web") }
                    guard end == .succeeded else {
                        #expect(row == nil, comment)
                        #expect(try await rig.store.read { try $0.addressSlots() }.isEmpty, comment)
                        let bills = try await rig.store.read { try $0.bills(from: .distantPast, to: .distantFuture) }
                        #expect(bills.isEmpty, comment)
                        // The name is free again.
                        try await rig.make()
                        return
                    }
                    let instance = try #require(row, comment)
                    #expect(instance.state == .running, comment)
                    #expect(try await rig.opens(instance, rig.key), comment)
                    #expect(try await rig.shell(instance, "cat runs") == "once\n", comment)
                }))
    }

    @Test func deleteInstance() async throws {
        try await endure(
            DeleteInstance.saga,
            Case(
                accept: { rig in
                    try await rig.make()
                    return try await rig.instances.delete("web").id
                },
                after: { rig, end, comment in
                    if end != .succeeded {
                        // It may be tried again.
                        try await rig.run(try await rig.instances.delete("web").id)
                    }
                    #expect(try await rig.store.read { try $0.instances() }.isEmpty, comment)
                    #expect(try await rig.engine.list().isEmpty, comment)
                    let bills = try await rig.store.read { try $0.bills(from: .distantPast, to: .distantFuture) }
                    #expect(bills.count == 1 && bills[0].until != nil, comment)
                }))
    }

    @Test func stopInstance() async throws {
        try await endure(
            StopInstance.saga,
            Case(
                accept: { rig in
                    try await rig.make()
                    return try await rig.instances.stop("web").id
                },
                after: { rig, end, comment in
                    let state = try await rig.store.read { try $0.instance(named: "web").state }
                    #expect(state == (end == .succeeded ? .stopped : .error), comment)
                }))
    }

    @Test func startInstance() async throws {
        try await endure(
            StartInstance.saga,
            Case(
                accept: { rig in
                    try await rig.make()
                    try await rig.run(try await rig.instances.stop("web").id)
                    return try await rig.instances.start("web").id
                },
                after: { rig, end, comment in
                    let instance = try await rig.store.read { try $0.instance(named: "web") }
                    #expect(instance.state == (end == .succeeded ? .running : .stopped), comment)
                    if end == .succeeded { #expect(try await rig.opens(instance, rig.key), comment) }
                }))
    }

    @Test func rotateTheKeyOfAUser() async throws {
        let new = SSHPrivateKey.ed25519(comment: "new")
        try await endure(
            RotateInstanceKey.saga,
            Case(
                accept: { rig in
                    try await rig.make()
                    _ = try await rig.rotations.start(
                        keyPair: "laptop", publicKey: new.publicKey.line, instances: nil)
                    return try #require(try await rig.store.read { try $0.unfinishedSagas() }.first).id
                },
                meanwhile: { rig, comment in
                    let instance = try await rig.store.read { try $0.instance(named: "web") }
                    try await mustNotBeLockedOut(rig, instance, new, comment)
                },
                after: { rig, end, comment in
                    let instance = try await rig.store.read { try $0.instance(named: "web") }
                    if end != .succeeded {
                        try await mustNotBeLockedOut(rig, instance, new, comment)
                        try await retry(rig)
                    }
                    #expect(try await rig.opens(instance, new), comment)
                    #expect(try await !rig.opens(instance, rig.key), comment)
                    let target = try await rig.store.read { try $0.rotations(openOnly: false).first }
                    #expect(target?.status == .done, comment)
                    let keys = try await rig.store.read { try $0.keys(of: instance.id, role: .user) }
                    #expect(keys.map(\.fingerprint) == [new.publicKey.fingerprint], comment)
                    #expect(keys.map(\.status) == [.current], comment)
                }))
    }

    @Test func rotateOurOwnKey() async throws {
        try await endure(
            RotateInstanceKey.saga,
            Case(
                accept: { rig in
                    try await rig.make()
                    _ = try await rig.rotations.startAccess(instances: nil)
                    return try #require(try await rig.store.read { try $0.unfinishedSagas() }.first).id
                },
                meanwhile: { rig, comment in
                    let instance = try await rig.store.read { try $0.instance(named: "web") }
                    #expect(try await rig.shell(instance, "echo in") == "in\n", "locked out: \(comment)")
                },
                after: { rig, end, comment in
                    if end != .succeeded { try await retry(rig) }
                    let instance = try await rig.store.read { try $0.instance(named: "web") }
                    let (keys, current) = try await rig.store.read { tables in
                        (try tables.keys(of: instance.id, role: .access), try tables.currentAccessKey())
                    }
                    #expect(keys.map(\.fingerprint) == [current?.fingerprint], comment)
                    let file = try await rig.shell(instance, "cat /var/lib/sloop/keys/access")
                    #expect(file == (current?.publicKey ?? "") + "\n", comment)
                    #expect(try await rig.opens(instance, rig.key), comment)
                }))
    }

    @Test func runLaunchScript() async throws {
        try await endure(
            RunLaunchScript.saga,
            Case(
                accept: { rig in
                    try await rig.make()
                    return try await rig.launches.rerun(
                        "web", script: "#!/bin/sh\necho once >> ~/runs\nseq 100\nexit 3\n"
                    ).operation.id
                },
                after: { rig, end, comment in
                    let instance = try await rig.store.read { try $0.instance(named: "web") }
                    let run = try #require(try await rig.store.read { try $0.latestRun(of: instance.id) }, comment)
                    // However it was disturbed, the script ran no more than once.
                    #expect(try await rig.shell(instance, "sleep 0.2; cat runs") == "once\n", comment)
                    guard end == .succeeded else { return }
                    #expect(run.status == .failed && run.exitCode == 3, comment)
                    let log = try rig.world.logs.read(run.id, from: 0, limit: 1000)
                    #expect(String(decoding: log, as: UTF8.self) == (1...100).map { "\($0)\n" }.joined(), comment)
                }))
    }

    @Test func rebootInstance() async throws {
        try await endure(
            RebootInstance.saga,
            Case(
                accept: { rig in
                    try await rig.make()
                    return try await rig.instances.reboot("web").id
                },
                after: { rig, end, comment in
                    guard end != .succeeded else { return }
                    let state = try await rig.store.read { try $0.instance(named: "web").state }
                    #expect(state == .error, comment)
                }))
    }
}

/// The old key opens the machine until the new one is proven, and from then on the new one does.
private func mustNotBeLockedOut(
    _ rig: Rig, _ instance: Instance, _ new: SSHPrivateKey, _ comment: Comment
) async throws {
    let isProven = try await rig.store.read { try $0.openTargets(of: instance.id).first?.status != .pending }
    #expect(try await rig.opens(instance, isProven ? new : rig.key), "locked out: \(comment)")
}

/// Takes up what was not done, as the reconciler does.
private func retry(_ rig: Rig) async throws {
    let now = rig.world.now()
    try await rig.store.write { tables in
        for target in try tables.openTargets() {
            guard let instance = try tables.find(target.instance) else { continue }
            try tables.begin(target, on: instance, at: now)
        }
    }
    for record in try await rig.store.read({ try $0.unfinishedSagas() }) { try await rig.run(record.id) }
}
