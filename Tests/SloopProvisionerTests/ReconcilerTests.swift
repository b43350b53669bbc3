import Foundation
import Logging
import SloopEngine
import SloopModel
import SloopSSH
import SloopStore
import Testing

@testable import SloopProvisioner

@Suite(.needsSandbox) struct ReconcilerTests {
    @Test func aMachineThatWasKilledIsStopped() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            try await live.rig.engine.stop(instance.id)
            await live.provisioner.reconcile()
            let row = try await live.find()
            #expect(row.state == .stopped && row.stateReason?.contains("outside of sloop") == true)
            try await live.check("killed")
            try await live.start()
            #expect(try await live.find().stateReason == nil)
            // And one that somebody started runs.
            try await live.stop()
            try await live.rig.engine.start(instance.id)
            await live.provisioner.reconcile()
            #expect(try await live.find().state == .running)
            try await live.check("started behind our back")
        }
    }

    @Test(arguments: [MachineState.running, .stopped])
    func aMachineThatIsGoneIsMissedAndNotMadeAgain(_ state: MachineState) async throws {
        try await Live.with { live in
            let instance = try await live.make()
            try await live.rig.engine.stop(instance.id)
            let (path, away) = (live.rig.path(instance), live.rig.folder.appending(path: "away"))
            try FileManager.default.moveItem(at: path, to: away)
            for _ in 0..<2 { await live.provisioner.reconcile() }
            let row = try await live.find()
            #expect(row.state == .error && row.stateReason?.hasPrefix("missing") == true)
            #expect(try await live.rig.engine.list().isEmpty)
            try await live.check("missing")

            try FileManager.default.moveItem(at: away, to: path)
            if state == .running { try await live.rig.engine.start(instance.id) }
            await live.provisioner.reconcile()
            let back = try await live.find()
            #expect(back.state == (state == .running ? .running : .stopped), "\(back.stateReason ?? "")")
            #expect(back.stateReason?.hasPrefix("missing") != true)
            try await live.check("back")
        }
    }

    @Test func aMissingMachineCanBeStartedOrDeletedWithoutGettingStuck() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            try await live.rig.engine.delete(instance.id)
            await live.provisioner.reconcile()
            let end = try await live.finish(live.provisioner.instances.start("web"))
            #expect(end.status == .failed && end.error?.contains("no machine") == true)
            await live.provisioner.reconcile()
            let row = try await live.find()
            #expect(row.state == .error && row.stateReason?.hasPrefix("missing") == true)
            for call in [live.provisioner.instances.stop, live.provisioner.instances.reboot] {
                #expect(try await live.finish(call("web")).status == .failed)
            }
            try await live.check("missing")
            try await live.complete(live.provisioner.instances.delete("web"))
            try await live.check("deleted")
        }
    }

    @Test func aMachineThatLostItsRowIsLeftAloneForTheGraceAndThenDeleted() async throws {
        for (grace, isLeft) in [(Duration.seconds(600), true), (.zero, false)] {
            try await Live.with(grace: grace) { live in
                let instance = try await live.make()
                let lost = try await live.make("lost")
                // As if the engine had made it after all, when its creation was undone.
                try await live.rig.store.write { try $0.remove(lost.id) }
                for _ in 0..<2 { await live.provisioner.reconcile() }
                let machines = try await live.rig.engine.list()
                #expect(machines[lost.id] == (isLeft ? .running : nil))
                #expect(machines[instance.id] == .running)
                #expect(await live.provisioner.unclaimed().isEmpty)
            }
        }
    }

    @Test func whatCannotBeDeletedKeepsNothingElseFromBeingLookedAfter() async throws {
        try await Live.with(grace: .zero) { live in
            let instance = try await live.make()
            let lost = try await live.make("lost")
            try await live.rig.engine.stop(instance.id)
            let new = SSHPrivateKey.ed25519(comment: "new")
            let waiting = try await live.rotate(to: new, instances: ["web"])
            #expect(waiting.targets.map(\.status) == [.pending])
            try await live.rig.engine.start(instance.id)
            try await live.rig.store.write { try $0.remove(lost.id) }
            live.engine.fail(.delete)
            #expect(try await live.reconciled(waiting.rotation.id).targets.map(\.status) == [.done])
            #expect(try await live.rig.engine.list()[lost.id] == .running)
            live.engine.fail()
            await live.provisioner.reconcile()
            #expect(try await live.rig.engine.list()[lost.id] == nil)
        }
    }

    @Test func aMachineThatWasRenamedIsMissedAndComesBackWithItsName() async throws {
        try await Live.with(grace: .zero) { live in
            let instance = try await live.make()
            let (path, other) = (live.rig.path(instance), live.rig.folder.appending(path: "machines/other"))
            try FileManager.default.moveItem(at: path, to: other)
            for _ in 0..<2 { await live.provisioner.reconcile() }
            let row = try await live.find()
            #expect(row.state == .error && row.stateReason?.hasPrefix("missing") == true)
            // Nothing was made in its place, and what has the other name is left alone.
            #expect(try await live.rig.engine.list() == [InstanceID("other"): .running])
            #expect(await live.provisioner.unclaimed() == [Unclaimed(kind: .machine, id: "other")])
            try FileManager.default.moveItem(at: other, to: path)
            await live.provisioner.reconcile()
            #expect(try await live.find().state == .running)
            try await live.check("renamed back")
        }
    }

    @Test func aMachineOfOursThatWasNeverRecordedIsLeftAloneAndShown() async throws {
        try await Live.with(grace: .zero) { live in
            let stranger = try await live.rig.stranger()
            for _ in 0..<3 { await live.provisioner.reconcile() }
            #expect(try await live.rig.engine.list()[stranger] == .running)
            #expect(await live.provisioner.unclaimed() == [Unclaimed(kind: .machine, id: stranger.value)])
            try await live.rig.engine.delete(stranger)
            await live.provisioner.reconcile()
            #expect(await live.provisioner.unclaimed().isEmpty)
        }
    }

    @Test func aMachineThatIsWorkedOnIsNotJudged() async throws {
        try await Rig.with { rig in
            let reconciler = Reconciler(
                world: rig.world, desk: rig.desk, grace: .zero,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let pending = try await rig.order("pending")
            let made = try await rig.make("web")
            try await rig.engine.stop(made.id)
            _ = try await rig.rotations.startAccess(instances: ["web"])
            await reconciler.round()
            let states = try await rig.store.read { try $0.instances().map(\.state) }
            #expect(states == [.pending, .running])
            let open = try await rig.store.read { try $0.unfinishedSagas() }.filter { $0.id != pending.id }
            for saga in open { try await rig.run(saga.id) }
            await reconciler.round()
            #expect(try await rig.store.read { try $0.instance(named: "web").state } == .stopped)
            try await rig.run(pending.id)
        }
    }

    @Test func whatIsAcceptedAndNotRunIsTakenUp() async throws {
        try await Live.with { live in
            // As a server that died right after it had answered.
            let operation = try await live.rig.order(script: "echo hello")
            await live.provisioner.reconcile()
            try await live.complete(operation)
            #expect(try await live.output().text == "hello\n")
            try await live.check("taken up")
        }
    }

    @Test func anEngineThatDoesNotAnswerChangesNothing() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            let before = try await live.rig.picture()
            live.engine.fail(.list)
            await live.provisioner.reconcile()
            live.engine.fail()
            #expect(try await live.rig.picture() == before)
            #expect(try await live.find() == instance)
        }
    }
}

extension Rig {
    /// A running machine of this installation that has no row.
    fileprivate func stranger() async throws -> InstanceID {
        let key = SSHPrivateKey.ed25519(comment: "stranger")
        let used = try await store.read { try $0.addressSlots() }
        for slot in 0..<100 where !used.contains(slot) {
            let place = try #require(engine.place(slot: slot))
            guard try await engine.isFree(place) else { continue }
            let spec = MachineSpec(
                id: InstanceID(), hostName: "stranger", place: place, username: "sloop",
                hostKeyPrivate: key.openSSH, hostKeyPublic: key.publicKey.line, authorizedKeys: [], accessKeys: [],
                certificateAuthority: key.publicKey.line, service: nil, vcpus: 1, memoryMB: 512, diskGB: 1)
            try await engine.create(spec)
            try await engine.start(spec.id)
            return spec.id
        }
        throw SloopError(.operationFailed, "no address is free for a stranger")
    }
}
