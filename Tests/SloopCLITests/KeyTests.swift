import Foundation
import LightsailAPI
import SloopModel
import Testing

@Suite struct KeyTests {
    private static let created = Lightsail.CreateKeyPair.Output(
        keyPair: .init(name: "mine", fingerprint: "SHA256:abc"), publicKeyBase64: "ssh-ed25519 AAAA mine",
        privateKeyBase64: "-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n-----END OPENSSH PRIVATE KEY-----\n")

    private func mode(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? 0
    }

    @Test func aNewPrivateKeyIsPrintedOnce() async throws {
        try await FakeSloop.run([(Lightsail.CreateKeyPair.self, [.ok(Self.created)])]) { fake in
            let outcome = await sloop("key", "create", "mine", on: fake)
            #expect(outcome.output == Self.created.privateKeyBase64)
            #expect(outcome.error == "this is the only time that the private key of mine is shown\n")
            #expect(fake.bodies(Lightsail.CreateKeyPair.self) == [#"{"keyPairName":"mine"}"#])
        }
    }

    @Test func aNewPrivateKeyIsSavedForItsOwnerOnly() async throws {
        try await FakeSloop.run([(Lightsail.CreateKeyPair.self, [.ok(Self.created)])]) { fake in
            let outcome = await sloop("key", "create", "mine", "--save", "mine.pem", on: fake)
            #expect(outcome.output == "key pair mine is made; its private key is in mine.pem\n")
            let (saved, mode) = (try fake.read("mine.pem"), try mode(fake.folder + "/mine.pem"))
            #expect(saved == Self.created.privateKeyBase64)
            #expect(mode == 0o600)
        }
    }

    @Test func aPrivateKeyForProgramsIsInTheDocumentUnlessItWasSaved() async throws {
        try await FakeSloop.run([(Lightsail.CreateKeyPair.self, [.ok(Self.created)])]) { fake in
            let shown = await sloop("key", "create", "mine", "-o", "json", on: fake)
            #expect(shown.value("privateKey") as? String == Self.created.privateKeyBase64)
            let saved = await sloop("key", "create", "mine", "--save", "mine.pem", "-o", "json", on: fake)
            #expect(saved.value("privateKey") == nil)
            #expect(saved.value("savedTo") as? String == "mine.pem")
            #expect(saved.error == "")
        }
    }

    @Test func aFileThatExistsIsNeverOverwritten() async throws {
        try await FakeSloop.run([(Lightsail.CreateKeyPair.self, [.ok(Self.created)])]) { fake in
            _ = try fake.write("mine.pem", "precious")
            let outcome = await sloop("key", "create", "mine", "--save", "mine.pem", on: fake)
            #expect(outcome.error == "error: 'mine.pem' exists\ntip: name another file with --save\n")
            #expect(outcome.code == 2)
            #expect(try fake.read("mine.pem") == "precious")
            #expect(fake.calls == [])
        }
    }

    @Test func aCreationThatFailsLeavesNoFile() async throws {
        let taken = Reply.error(SloopError(.nameExists, "Some names are already in use: mine"))
        try await FakeSloop.run([(Lightsail.CreateKeyPair.self, [taken])]) { fake in
            let outcome = await sloop("key", "create", "mine", "--save", "mine.pem", on: fake)
            #expect(outcome.error == "error: Some names are already in use: mine\n")
            #expect(!FileManager.default.fileExists(atPath: fake.folder + "/mine.pem"))
        }
    }

    @Test func aFolderThatIsNotThereIsSaidBeforeAnyKeyIsMade() async throws {
        try await FakeSloop.run { fake in
            let outcome = await sloop("key", "create", "mine", "--save", "none/mine.pem", on: fake)
            #expect(outcome.error.hasPrefix("error: 'none/mine.pem' cannot be written: no such file or directory\n"))
            #expect(fake.calls == [])
        }
    }

    @Test func aPublicKeyIsImported() async throws {
        let pair = Lightsail.GetKeyPair.Output(keyPair: .init(name: "mine", fingerprint: "SHA256:abc"))
        try await FakeSloop.run([
            (Lightsail.ImportKeyPair.self, [.ok(Lightsail.OperationResult())]),
            (Lightsail.GetKeyPair.self, [.ok(pair)]),
        ]) { fake in
            _ = try fake.write("id.pub", "ssh-ed25519 AAAA me@here\n")
            let outcome = await sloop("key", "import", "mine", "--file", "id.pub", on: fake)
            #expect(outcome.output == "key pair mine is imported: SHA256:abc\n")
            #expect(
                fake.bodies(Lightsail.ImportKeyPair.self)
                    == [#"{"keyPairName":"mine","publicKeyBase64":"ssh-ed25519 AAAA me@here"}"#])
        }
    }

    @Test func aPrivateKeyNeverLeavesTheMachine() async throws {
        try await FakeSloop.run { fake in
            _ = try fake.write("id", "-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n")
            let outcome = await sloop("key", "import", "mine", "--file", "id", on: fake)
            #expect(
                outcome.error.hasPrefix("error: 'id' is a private key, and was not sent\ntip: give its public half"))
            #expect(outcome.code == 2)
            #expect(fake.calls == [])
        }
    }

    private static func listed(_ rotations: [SloopAPI.RotationDetails]) -> [(any LightsailOperation.Type, [Reply])] {
        let mine = Lightsail.KeyPair(name: "mine", createdAt: noon - 60, fingerprint: "SHA256:abc")
        let yours = Lightsail.KeyPair(name: "yours", createdAt: noon - 86400 * 3, fingerprint: "SHA256:def")
        let instances = [Sample.instance("web") { $0.keyPair = "mine" }, Sample.instance("db") { $0.keyPair = "mine" }]
        return [
            (
                Lightsail.GetKeyPairs.self,
                [
                    .ok(Lightsail.GetKeyPairs.Output(keyPairs: [mine], nextPageToken: "next")),
                    .ok(Lightsail.GetKeyPairs.Output(keyPairs: [yours])),
                ]
            ),
            (Lightsail.GetKeyPair.self, [.ok(Lightsail.GetKeyPair.Output(keyPair: mine))]),
            (SloopAPI.ListInstanceDetails.self, [.ok(["instances": instances])]),
            (SloopAPI.ListKeyRotations.self, [.ok(["rotations": rotations])]),
        ]
    }

    @Test func keysAreListedPageByPageWithWhatIsPending() async throws {
        let rotations = [
            Sample.rotation("mine", [Sample.target("web", "done"), Sample.target("db", "pending", "it is stopped")]),
            Sample.rotation(nil, [Sample.target("db", "proven", "the old key is still accepted")]),
        ]
        try await FakeSloop.run(Self.listed(rotations)) { fake in
            #expect(
                await sloop("key", "list", on: fake).output == """
                    KEY            FINGERPRINT  INSTANCES  PENDING  AGE
                    mine           SHA256:abc           2        1  60s
                    yours          SHA256:def           0        -   3d
                    (sloop's own)  -                    2        1    -

                    PENDING ON  KEY            STATUS   REASON
                    db          mine           pending  it is stopped
                    db          (sloop's own)  proven   the old key is still accepted

                    """)
            #expect(fake.bodies(Lightsail.GetKeyPairs.self) == ["{}", #"{"pageToken":"next"}"#])
        }
    }

    @Test func aKeyIsShownWithItsInstances() async throws {
        let rotations = [Sample.rotation("mine", [Sample.target("db", "pending", "it is stopped")])]
        try await FakeSloop.run(Self.listed(rotations)) { fake in
            #expect(
                await sloop("key", "show", "mine", on: fake).output == """
                    key pair:    mine
                    fingerprint: SHA256:abc
                    created:     2026-11-24 11:59:00 UTC
                    instances:   web
                                 db
                    pending:     db: it is stopped

                    """)
        }
    }

    @Test func aKeyIsDeleted() async throws {
        let done = Lightsail.OperationResult(operation: .init(id: "op-1", status: "Succeeded"))
        try await FakeSloop.run([(Lightsail.DeleteKeyPair.self, [.ok(done)])]) { fake in
            #expect(await sloop("key", "delete", "mine", on: fake).output == "key pair mine is deleted\n")
        }
    }
}
