import Foundation
import SloopModel
import SloopSSH
import SloopStore
import Synchronization
import Testing

@testable import SloopProvisioner

@Suite(.needsSandbox) struct RotationTests {
    private let new = SSHPrivateKey.ed25519(comment: "new")

    @Test func aKeyOfTheUsersOwnIsProvenByAQuery() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            let target = try #require(try await live.rotate(to: new).targets.first)
            #expect(target.status == .done && target.proof == .query && target.oldRefused && target.reason == nil)
            #expect(target.oldFingerprint == live.rig.key.publicKey.fingerprint)
            #expect(try await live.rig.opens(instance, new))
            #expect(try await !live.rig.opens(instance, live.rig.key))
            #expect(try await live.provisioner.keyPairs.find("laptop").pair.fingerprint == new.publicKey.fingerprint)
            try await live.check("rotated")
        }
    }

    @Test func aKeyThatWeMadeIsProvenByALoginAndForgottenWithItsLastTarget() async throws {
        try await Live.with { live in
            let (one, two) = (try await live.make("one"), try await live.make("two"))
            try await live.stop("two")
            let offer = try await live.provisioner.rotations.offer(keyPair: "laptop")
            let id = offer.rotation.id
            #expect(try await live.rig.opens(one, live.rig.key), "nothing is changed by an offer")
            var view = try await live.provisioner.rotations.start(offer: id, keyPair: "laptop", instances: nil)
            view = try await live.settled(id)
            #expect(view.targets.map(\.status) == [.done, .pending])
            #expect(view.targets[0].proof == .login)
            #expect(view.rotation.status == .started)
            let key = try SSHPrivateKey(parsing: offer.privateKey)
            #expect(try await live.rig.opens(one, key))
            #expect(try await live.rig.store.read { try $0.secret(SecretName.rotation(id)) } != nil)

            try await live.start("two")
            view = try await live.reconciled(id)
            #expect(view.targets.map(\.status) == [.done, .done] && view.rotation.status == .done)
            #expect(try await live.rig.opens(two, key))
            #expect(try await !live.rig.opens(two, live.rig.key))
            #expect(try await live.rig.store.read { try $0.secret(SecretName.rotation(id)) } == nil)
        }
    }

    /// Far away each would keep the rotation waiting for four ways there and back.
    @Test(.timeLimit(.minutes(5))) func aRotationMakesThreeConnectionsAndBeginsTheLastTwoTogether() async throws {
        try await Rig.with { rig in
            let instance = try await rig.make()
            _ = try await rig.rotations.start(keyPair: "laptop", publicKey: new.publicKey.line, instances: nil)
            let network = PairedNetwork()
            let world = World(
                store: rig.everything, engine: rig.storage, logs: rig.folder.appending(path: "launch"), network: network
            )
            try await rig.run(try #require(try await rig.store.read { try $0.unfinishedSagas() }.first).id, in: world)
            #expect(network.begun.withLock { $0 } == 3)
            let opened = (try await rig.opens(instance, new), try await rig.opens(instance, rig.key))
            #expect(opened == (true, false))
        }
    }

    @Test func linesMadeByHandStay() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            let friend = SSHPrivateKey.ed25519(comment: "a friend")
            let file = live.rig.userKeys(instance)
            try live.rig.append("# my own\n\(friend.publicKey.line)", to: file)
            #expect(try await live.rotate(to: new).targets.map(\.status) == [.done])
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(text == "# my own\n\(friend.publicKey.line)\n\(new.publicKey.line)\n")
            #expect(try await live.rig.opens(instance, friend))
            #expect(try await live.rig.opens(instance, new))
        }
    }

    @Test func aStoppedInstanceKeepsItsOldKeyAndIsDoneWhenItRuns() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            try await live.stop()
            let before = try String(contentsOf: live.rig.userKeys(instance), encoding: .utf8)
            var view = try await live.rotate(to: new)
            #expect(view.targets.map(\.status) == [.pending])
            #expect(view.targets[0].reason?.contains("stopped") == true)
            #expect(try String(contentsOf: live.rig.userKeys(instance), encoding: .utf8) == before)
            // Nothing to be done: a round changes nothing.
            view = try await live.reconciled(view.rotation.id)
            #expect(view.targets.map(\.status) == [.pending])

            try await live.start()
            #expect(try await live.rig.opens(instance, live.rig.key))
            view = try await live.reconciled(view.rotation.id)
            #expect(view.targets.map(\.status) == [.done])
            #expect(try await live.rig.opens(instance, new))
            #expect(try await !live.rig.opens(instance, live.rig.key))
        }
    }

    @Test func aLaterRotationTakesOverAnEarlierOneThatWaits() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            try await live.stop()
            let offer = try await live.provisioner.rotations.offer(keyPair: "laptop")
            let first = try await live.provisioner.rotations.start(
                offer: offer.rotation.id, keyPair: "laptop", instances: nil)
            let second = try await live.rotate(to: new)
            let superseded = try await live.provisioner.rotations.find(first.rotation.id)
            #expect(superseded.targets.map(\.status) == [.superseded] && superseded.rotation.status == .done)
            #expect(try await live.rig.store.read { try $0.secret(SecretName.rotation(first.rotation.id)) } == nil)

            try await live.start()
            #expect(try await live.reconciled(second.rotation.id).targets.map(\.status) == [.done])
            #expect(try await live.rig.opens(instance, new))
            #expect(try await !live.rig.opens(instance, live.rig.key))
            #expect(try await !live.rig.opens(instance, SSHPrivateKey(parsing: offer.privateKey)))
            let keys = try await live.rig.store.read { try $0.keys(of: instance.id, role: .user) }
            #expect(keys.map(\.fingerprint) == [new.publicKey.fingerprint])
            try await live.check("taken over")
        }
    }

    @Test func rotatingOurOwnKeyLeavesUsAbleToLogIn() async throws {
        try await Live.with { live in
            let (one, two) = (try await live.make("one"), try await live.make("two"))
            try await live.stop("two")
            let old = try #require(try await live.rig.store.read { try $0.currentAccessKey() })
            let secret = try #require(
                try await live.rig.store.read { try $0.secret(SecretName.access(old.fingerprint)) })
            let began = try await live.provisioner.rotations.startAccess(instances: nil)
            var view = try await live.settled(began.rotation.id)
            #expect(view.targets.map(\.status) == [.done, .pending])
            #expect(view.targets[0].proof == .login)
            #expect(try await live.rig.shell(one, "echo in") == "in\n")
            #expect(try await !live.rig.opens(one, SSHPrivateKey(parsing: secret)))
            #expect(try await live.rig.opens(one, live.rig.key), "the user's key is not touched")

            // The other one still has the old key, and Sloop still has its private half.
            try await live.start("two")
            #expect(try await live.rig.opens(two, SSHPrivateKey(parsing: secret)))
            view = try await live.reconciled(began.rotation.id)
            #expect(view.targets.map(\.status) == [.done, .done])
            #expect(try await live.rig.shell(two, "echo in") == "in\n")
            #expect(try await !live.rig.opens(two, SSHPrivateKey(parsing: secret)))
            #expect(try await live.rig.store.read { try $0.secret(SecretName.access(old.fingerprint)) } == nil)
            // What is made from here on gets the new one.
            let three = try await live.make("three")
            #expect(try await live.rig.shell(three, "echo in") == "in\n")
            try await live.check("rotated our own")
        }
    }

    @Test func twoRotationsOfOneInstanceAreDoneOneAfterTheOther() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            let own = try await live.provisioner.rotations.startAccess(instances: nil)
            let user = try await live.provisioner.rotations.start(
                keyPair: "laptop", publicKey: new.publicKey.line, instances: nil)
            #expect(try await live.settled(own.rotation.id).targets.map(\.status) == [.done])
            try await live.quiet()
            #expect(try await live.reconciled(user.rotation.id).targets.map(\.status) == [.done])
            #expect(try await live.rig.opens(instance, new))
            #expect(try await !live.rig.opens(instance, live.rig.key))
            try await live.check("both rotated")
        }
    }

    @Test func onlyTheNamedInstancesAreRotated() async throws {
        try await Live.with { live in
            let (one, two) = (try await live.make("one"), try await live.make("two"))
            let view = try await live.rotate(to: new, instances: ["two"])
            #expect(view.targets.map(\.instanceName) == ["two"] && view.rotation.status == .done)
            #expect(try await live.rig.opens(one, live.rig.key))
            #expect(try await !live.rig.opens(one, new))
            #expect(try await live.rig.opens(two, new))
        }
    }

    @Test func aDryRunShowsTheTargetsAndChangesNothing() async throws {
        try await Live.with { live in
            try await live.make("one")
            try await live.make("two")
            try await live.stop("two")
            let before = try await live.rig.picture()
            let view = try await live.provisioner.rotations.dryRun(keyPair: "laptop", instances: nil)
            #expect(view.targets.map(\.instanceName) == ["one", "two"])
            #expect(view.targets[0].reason == nil && view.targets[1].reason?.contains("stopped") == true)
            let own = try await live.provisioner.rotations.dryRun(keyPair: nil, instances: ["one"])
            #expect(own.targets.map(\.instanceName) == ["one"])
            #expect(try await live.rig.picture() == before)
        }
    }
}

/// Real sshds. Its second connection is not made before the third is begun.
private final class PairedNetwork: MachineNetwork {
    let begun = Mutex(0)
    private let (third, isBegun) = AsyncStream<Void>.makeStream()
    private let real = SSHNetwork()
    var executor: any TaskExecutor { real.executor }

    func connect(to endpoint: SSHEndpoint, timeout: Duration) async throws -> any MachineSession {
        let number = begun.withLock { count in
            count += 1
            return count
        }
        if number == 3 { isBegun.finish() }
        if number == 2 { for await _ in third {} }
        return try await real.connect(to: endpoint, timeout: timeout)
    }

    func waitForSSH(_ address: String, port: Int, timeout: Duration) async throws {
        try await real.waitForSSH(address, port: port, timeout: timeout)
    }
}
