import Foundation
import SloopEngine
import SloopModel
import SloopSSH
import SloopStore
import Testing

@testable import SloopProvisioner

/// What stands in the way of a rotation, and that nobody is locked out by it.
@Suite(.needsSandbox) struct RotationObstacleTests {
    private let new = SSHPrivateKey.ed25519(comment: "new")

    @Test func anUnreachableInstanceKeepsItsOldKeyAndIsDoneWhenItIsBack() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            try await live.rig.engine.stop(instance.id)
            var view = try await live.rotate(to: new)
            #expect(view.targets.map(\.status) == [.pending])
            #expect(view.targets[0].reason?.contains("cannot be reached") == true)
            let text = try String(contentsOf: live.rig.userKeys(instance), encoding: .utf8)
            #expect(text == live.rig.key.publicKey.line + "\n")

            try await live.rig.engine.start(instance.id)
            #expect(try await live.rig.opens(instance, live.rig.key))
            view = try await live.reconciled(view.rotation.id)
            #expect(view.targets.map(\.status) == [.done])
            #expect(try await live.rig.opens(instance, new))
            #expect(try await !live.rig.opens(instance, live.rig.key))
            try await live.check("back")
        }
    }

    @Test func anOldKeyThatAnotherFileAcceptsIsReportedAndTheTargetStaysProven() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            let old = live.rig.key.publicKey
            try live.rig.append(old.line, to: live.rig.accessKeys(instance))
            var view = try await live.rotate(to: new)
            let target = try #require(view.targets.first)
            #expect(target.status == .proven && !target.oldRefused && target.proof == .query)
            #expect(target.reason?.contains("still accepts the old key \(old.fingerprint)") == true)
            #expect(view.rotation.status == .started)
            #expect(try await live.rig.opens(instance, new))
            // The row of a key that may work stays.
            let keys = try await live.rig.store.read { try $0.keys(of: instance.id, role: .user) }
            #expect(keys.first { $0.fingerprint == old.fingerprint }?.status == .removing)
            #expect(keys.first { $0.fingerprint == new.publicKey.fingerprint }?.status == .current)

            let blob = String(old.line.split(separator: " ")[1])
            try live.rig.take(blob, outOf: live.rig.accessKeys(instance))
            view = try await live.reconciled(view.rotation.id)
            #expect(view.targets.map(\.status) == [.done] && view.targets[0].oldRefused)
            #expect(try await !live.rig.opens(instance, live.rig.key))
            try await live.check("refused at last")
        }
    }

    /// Three connections are made at once; sshd takes one at a time of those that have not logged in, and closes the others.
    @Test(arguments: [RotationTarget.Proof.login, .query])
    func anSSHDThatBearsOneStrangerAtATimeIsRotatedAtTheFirstTry(_ proof: RotationTarget.Proof) async throws {
        try await Live.with { live in
            let instance = try await live.make()
            try await live.rig.configure(instance, "MaxStartups 200", as: "MaxStartups 1")

            let view = try await rotate(live, provenBy: proof)
            #expect(view.targets.map(\.status) == [.done], "\(view.targets.map(\.reason))")
            #expect(try await !live.rig.opens(instance, live.rig.key))
        }
    }

    /// Rotates the pair `laptop` to a key that we made, which can log in, or to one whose private half is the user's.
    private func rotate(_ live: Live, provenBy proof: RotationTarget.Proof) async throws -> RotationService.View {
        guard proof == .login else { return try await live.rotate(to: new) }
        let id = try await live.provisioner.rotations.offer(keyPair: "laptop").rotation.id
        _ = try await live.provisioner.rotations.start(offer: id, keyPair: "laptop", instances: nil)
        return try await live.settled(id)
    }

    @Test(arguments: [RotationTarget.Proof.login, .query])
    func aKeyThatIsWrittenAndNotAcceptedIsNotProven(_ proof: RotationTarget.Proof) async throws {
        try await Live.with { live in
            let instance = try await live.make()
            // Its sshd reads another file from now on, in which the old key is.
            _ = try await live.rig.shell(instance, "cp .ssh/authorized_keys .ssh/other")
            try await live.rig.configure(instance, ".ssh/authorized_keys", as: ".ssh/other")
            #expect(try await live.rig.opens(instance, live.rig.key))

            let view = try await rotate(live, provenBy: proof)
            let target = try #require(view.targets.first)
            #expect(target.status == .pending && target.proof == nil && !target.oldRefused)
            #expect(target.reason?.contains(view.rotation.newFingerprint) == true, "\(target.reason ?? "")")
            #expect(try await live.rig.opens(instance, live.rig.key))
            let keys = try await live.rig.store.read { try $0.keys(of: instance.id, role: .user) }
            #expect(keys.first { $0.status == .current }?.fingerprint == live.rig.key.publicKey.fingerprint)

            try await live.rig.configure(instance, ".ssh/other", as: ".ssh/authorized_keys")
            #expect(try await live.reconciled(view.rotation.id).targets.map(\.status) == [.done])
            #expect(try await !live.rig.opens(instance, live.rig.key))
        }
    }

    @Test func keysThatCannotBeWrittenStayAsTheyAre() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            let folder = live.rig.userKeys(instance).deletingLastPathComponent().path
            // As root the folder becomes root's, else it is closed to its owner: the machine's user cannot write there.
            var info = stat()
            #expect(stat(folder, &info) == 0)
            if geteuid() == 0 { #expect(chown(folder, 0, 0) == 0) }
            #expect(chmod(folder, geteuid() == 0 ? 0o755 : 0o500) == 0)
            var view = try await live.rotate(to: new)
            #expect(view.targets.map(\.status) == [.pending])
            #expect(view.targets[0].reason?.contains("authorized_keys") == true)
            #expect(view.targets[0].reason?.contains("cannot be changed") == true)
            #expect(try await live.rig.opens(instance, live.rig.key))
            #expect(try await !live.rig.opens(instance, new))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["authorized_keys"])

            #expect(chmod(folder, 0o700) == 0)
            if geteuid() == 0 { #expect(chown(folder, info.st_uid, info.st_gid) == 0) }
            view = try await live.reconciled(view.rotation.id)
            #expect(view.targets.map(\.status) == [.done])
            #expect(try await live.rig.opens(instance, new))
        }
    }

    @Test func aChangedHostKeyStopsEverythingAndNoKeyIsSent() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            #expect(try live.rig.sshdLog(instance).contains("Accepted publickey"))
            let shown = try await live.rig.changeHostKey(instance)
            let pinned = try SSHPublicKey(line: instance.hostKey)
            let view = try await live.rotate(to: new)
            #expect(view.targets.map(\.status) == [.pending])
            let reason = try #require(view.targets[0].reason)
            #expect(reason.contains("another host key: \(shown.fingerprint) instead of \(pinned.fingerprint)"))
            // Nor by anything else that Sloop does with the machine.
            let script = try await live.provisioner.launches.rerun("web", script: "echo hello")
            let launch = try await live.finish(script.operation)
            #expect(launch.status == .failed && launch.error?.contains(shown.fingerprint) == true)
            let reboot = try await live.finish(live.provisioner.instances.reboot("web"))
            #expect(reboot.status == .failed && reboot.error?.contains(shown.fingerprint) == true)
            #expect(try await live.find().state == .error)

            #expect(try !live.rig.sshdLog(instance).contains("publickey"))
            let text = try String(contentsOf: live.rig.userKeys(instance), encoding: .utf8)
            #expect(text == live.rig.key.publicKey.line + "\n")
            #expect(try await live.rig.store.read { try $0.heldLocks() }.isEmpty)
        }
    }

    @Test func aTargetThatFailsIsNotTriedInEveryRound() async throws {
        let clock = HeldClock()
        try await Live.with(clock: clock) { live in
            let instance = try await live.make()
            try await live.rig.engine.stop(instance.id)
            let view = try await live.rotate(to: new)
            for _ in 0..<3 { _ = try await live.reconciled(view.rotation.id) }
            let kinds = try await live.rig.store.read { try $0.operations(of: "web", limit: 100).map(\.kind) }
            // The first round finds the machine stopped; nothing is begun on it.
            #expect(kinds == ["rotate-instance-key", "create-instance"])

            let folder = live.rig.userKeys(instance).deletingLastPathComponent().path
            try await live.start()
            #expect(chmod(folder, 0o500) == 0)
            func tries(in rounds: Int) async throws -> Int {
                for _ in 0..<rounds { _ = try await live.reconciled(view.rotation.id) }
                return try await live.rig.store.read { tables in
                    try tables.operations(of: "web", limit: 100).count { $0.kind == "rotate-instance-key" }
                }
            }
            #expect(try await tries(in: 4) == 2)
            clock.advance(.seconds(9))
            #expect(try await tries(in: 2) == 2)
            clock.advance(.seconds(1))
            #expect(try await tries(in: 4) == 3)
            // Each time it is given twice as long.
            clock.advance(.seconds(19))
            #expect(try await tries(in: 2) == 3)
            // A new server tries at once.
            #expect(chmod(folder, 0o700) == 0)
            let next = await live.successor()
            #expect(try await next.settled(view.rotation.id).targets.map(\.status) == [.done])
        }
    }

    @Test func aDeletedInstanceNeedsNoRotation() async throws {
        try await Live.with { live in
            try await live.make()
            try await live.stop()
            let view = try await live.rotate(to: new)
            await #expect(throws: SloopError.self) { try await live.provisioner.keyPairs.delete("laptop") }
            try await live.complete(live.provisioner.instances.delete("web"))
            let after = try await live.provisioner.rotations.find(view.rotation.id)
            #expect(after.targets.map(\.status) == [.superseded] && after.rotation.status == .done)
            _ = try await live.provisioner.keyPairs.delete("laptop")
        }
    }

    @Test func aRotationBackToTheOldKeyEndsWithTheOldKey() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            try await live.stop()
            _ = try await live.rotate(to: new)
            let back = try await live.rotate(to: live.rig.key)
            try await live.start()
            #expect(try await live.reconciled(back.rotation.id).targets.map(\.status) == [.done])
            #expect(try await live.rig.opens(instance, live.rig.key))
            #expect(try await !live.rig.opens(instance, new))
            try await live.check("rotated back")
        }
    }
}
