import Foundation
import LightsailAPI
import SloopModel
import Testing

@Suite struct KeyRotateTests {
    private static let prepared = SloopAPI.PrepareKeyRotation.Output(
        rotationId: "rot-1", newFingerprint: "SHA256:new", newPublicKey: "ssh-ed25519 NEW", privateKey: "NEW PRIVATE")

    private func replies(_ rotations: SloopAPI.RotationDetails...) -> [(any LightsailOperation.Type, [Reply])] {
        let replies = rotations.map { Reply.ok(["rotation": $0]) }
        return [
            (SloopAPI.PrepareKeyRotation.self, [.ok(Self.prepared)]),
            (SloopAPI.RotateKeyPair.self, [replies[0]]),
            (SloopAPI.RotateAccessKey.self, [replies[0]]),
            (SloopAPI.GetKeyRotation.self, Array(replies.dropFirst())),
        ]
    }

    @Test func aRotationIsATableThatAPersonCanTrust() async throws {
        let start = Sample.rotation("mine", [Sample.target("web", "pending"), Sample.target("db", "pending")])
        let half = Sample.rotation("mine", [Sample.target("web", "done"), Sample.target("db", "proven")])
        let done = Sample.rotation("mine", [Sample.target("web", "done"), Sample.target("db", "done")], "done")
        try await FakeSloop.run(replies(start, half, done)) { fake in
            let outcome = await sloop("key", "rotate", "mine", on: fake)
            #expect(
                outcome.output == """
                    key pair mine: done
                    INSTANCE  OLD KEY     NEW KEY     PROVEN    OLD REFUSED  STATUS  REASON
                    web       SHA256:old  SHA256:new  by login  yes          done    -
                    db        SHA256:old  SHA256:new  by login  yes          done    -

                    """)
            #expect(outcome.error == "the new private key of mine is in mine-20261124-120000.pem\n")
            #expect(outcome.code == 0)
            let saved = try fake.read("mine-20261124-120000.pem")
            #expect(saved == "NEW PRIVATE\n")
            #expect(fake.calls == ["PrepareKeyRotation", "RotateKeyPair", "GetKeyRotation", "GetKeyRotation"])
            #expect(
                fake.bodies(SloopAPI.RotateKeyPair.self) == [#"{"keyPairName":"mine","rotationId":"rot-1"}"#])
            #expect(
                fake.bodies(SloopAPI.GetKeyRotation.self).first
                    == #"{"rotationId":"rot-1","waitSeconds":20}"#)
        }
    }

    /// What must hold: when the server is asked to change anything, the private key is on the disk.
    @Test func theNewPrivateKeyIsSavedBeforeAnythingIsChanged() async throws {
        var replies = replies(Sample.rotation("mine", []))
        replies[1].1 = [.error(SloopError(.operationFailed, "the engine is away"))]
        try await FakeSloop.run(replies) { fake in
            let outcome = await sloop("key", "rotate", "mine", "--save", "new.pem", on: fake)
            #expect(outcome.code == 1)
            let saved = try fake.read("new.pem")
            #expect(saved == "NEW PRIVATE\n")
        }
        try await FakeSloop.run(replies) { fake in
            _ = try fake.write("new.pem", "precious")
            let outcome = await sloop("key", "rotate", "mine", "--save", "new.pem", on: fake)
            #expect(outcome.error.hasPrefix("error: 'new.pem' exists\n"))
            #expect(fake.calls == [])
        }
    }

    @Test func instancesThatMustWaitAreNamedAndCount() async throws {
        let start = Sample.rotation(
            "mine", [Sample.target("web", "done"), Sample.target("db", "pending", "it is stopped")])
        try await FakeSloop.run(replies(start)) { fake in
            let outcome = await sloop("key", "rotate", "mine", "--save", "-", on: fake)
            #expect(
                outcome.output == """
                    NEW PRIVATE
                    key pair mine: started
                    INSTANCE  OLD KEY     NEW KEY     PROVEN    OLD REFUSED  STATUS   REASON
                    web       SHA256:old  SHA256:new  by login  yes          done     -
                    db        SHA256:old  SHA256:new  no        no           pending  it is stopped

                    """)
            #expect(
                outcome.error == """
                    error: the rotation waits for db
                    tip: it goes on by itself when they are back; 'sloop key list' shows what is pending

                    """)
            #expect(outcome.code == 7)
        }
    }

    @Test func forProgramsEveryInstanceHasItsProof() async throws {
        let done = Sample.rotation("mine", [Sample.target("web", "done")], "done")
        try await FakeSloop.run(replies(done)) { fake in
            let outcome = await sloop("key", "rotate", "mine", "-o", "json", on: fake)
            let target = (outcome.value("targets") as? [[String: Any]])?.first
            #expect(target?["instance"] as? String == "web")
            #expect(target?["oldFingerprint"] as? String == "SHA256:old")
            #expect(target?["newFingerprint"] as? String == "SHA256:new")
            #expect(target?["proven"] as? Bool == true)
            #expect(target?["oldRefused"] as? Bool == true)
            #expect(target?["status"] as? String == "done")
        }
    }

    @Test func aDryRunMakesNoKeyAndNoFile() async throws {
        var plan = Sample.rotation("mine", [Sample.target("web", "would rotate"), Sample.target("db", "would wait")])
        plan.id = nil
        plan.status = "dry-run"
        try await FakeSloop.run(replies(plan)) { fake in
            let outcome = await sloop(
                "key", "rotate", "mine", "--dry-run", "--instance", "web", "--instance", "db", on: fake)
            #expect(outcome.code == 0)
            #expect(outcome.output.hasPrefix("key pair mine: dry-run\n"))
            #expect(fake.calls == ["RotateKeyPair"])
            #expect(
                fake.bodies(SloopAPI.RotateKeyPair.self)
                    == [#"{"dryRun":true,"instanceNames":["web","db"],"keyPairName":"mine"}"#])
            let files = try FileManager.default.contentsOfDirectory(atPath: fake.folder)
            #expect(files == ["sloop.sock"])
        }
    }

    @Test func anImportedKeyPairIsGivenItsNewPublicKey() async throws {
        let done = Sample.rotation("mine", [Sample.target("web", "done")], "done")
        try await FakeSloop.run(replies(done)) { fake in
            _ = try fake.write("new.pub", "ssh-ed25519 NEW\n")
            let outcome = await sloop("key", "rotate", "mine", "--public-key", "new.pub", on: fake)
            #expect(outcome.code == 0)
            #expect(
                fake.bodies(SloopAPI.RotateKeyPair.self)
                    == [#"{"keyPairName":"mine","publicKeyBase64":"ssh-ed25519 NEW"}"#])
            #expect(fake.calls == ["RotateKeyPair"])
        }
    }

    @Test func sloopsOwnKeyIsRotatedWithoutAFile() async throws {
        let done = Sample.rotation(nil, [Sample.target("web", "done")], "done")
        try await FakeSloop.run(replies(done)) { fake in
            let outcome = await sloop("key", "rotate", "--access", on: fake)
            #expect(outcome.output.hasPrefix("sloop's own access key: done\n"))
            #expect(fake.bodies(SloopAPI.RotateAccessKey.self) == ["{}"])
        }
    }

    @Test func whoDoesNotWaitSeesWhatIsPendingAndNoError() async throws {
        let start = Sample.rotation("mine", [Sample.target("web", "pending")])
        try await FakeSloop.run(replies(start)) { fake in
            let outcome = await sloop("key", "rotate", "mine", "--no-wait", on: fake)
            #expect(outcome.code == 0)
            #expect(fake.calls == ["PrepareKeyRotation", "RotateKeyPair"])
        }
    }

    @Test func allMeansEveryKeyPairThatAnInstanceHasAndOneThatFailsStopsNoOther() async throws {
        let instances = ["b", "a", "b"].map { key in Sample.instance("web") { $0.keyPair = key } }
        let imported = Reply.error(SloopError(.invalidInput, "key pair 'a' is imported", tip: "--public-key"))
        let done = Reply.ok(["rotation": Sample.rotation("b", [Sample.target("web", "done")], "done")])
        try await FakeSloop.run([
            (SloopAPI.ListInstanceDetails.self, [.ok(["instances": instances])]),
            (SloopAPI.PrepareKeyRotation.self, [imported, .ok(Self.prepared)]),
            (SloopAPI.RotateKeyPair.self, [done]),
        ]) { fake in
            let outcome = await sloop("key", "rotate", "--all", "-o", "json", on: fake)
            #expect(outcome.error.hasPrefix("error: key pair 'a' is imported\ntip: --public-key\n"))
            #expect((outcome.value("rotations") as? [Any])?.count == 1)
            #expect(outcome.code == 2)
            let files = try FileManager.default.contentsOfDirectory(atPath: fake.folder)
            #expect(files.sorted() == ["b-20261124-120000.pem", "sloop.sock"])
        }
    }
}
