import Foundation
import SloopModel
import SloopSSH
import SloopStore
import Testing

@testable import SloopProvisioner

@Suite struct DefaultKeyPairTests {
    @Test(.needsSandbox) func anInstanceWithoutANamedPairOpensWithTheOneThatCanBeDownloaded() async throws {
        try await Live.with { live in
            let operation = try await live.provisioner.instances.create(
                InstanceService.Request(names: ["web"], blueprint: "sandbox", bundle: "nano"))[0]
            try await live.complete(operation)
            let instance = try await live.provisioner.instances.find("web").instance
            #expect(instance.keyPair == DefaultKeyPair.name)
            let key = try await live.provisioner.keyPairs.downloadDefault()
            #expect(try await live.rig.opens(instance, SSHPrivateKey(parsing: key.privateKey)))
            #expect(try await live.provisioner.keyPairs.downloadDefault().privateKey == key.privateKey)
        }
    }

    @Test(.needsSandbox) func whatIsDownloadedAfterARotationIsTheNewKeyAndNothingIfItIsTheUsersOwn() async throws {
        try await Live.with { live in
            let keys = live.provisioner.keyPairs
            let rotations = live.provisioner.rotations
            let first = try await keys.downloadDefault()
            let offer = try await rotations.offer(keyPair: DefaultKeyPair.name)
            _ = try await rotations.start(offer: offer.rotation.id, keyPair: DefaultKeyPair.name, instances: nil)
            let second = try await keys.downloadDefault()
            let kept = try SSHPrivateKey(parsing: second.privateKey).publicKey.fingerprint
            #expect(kept == offer.rotation.newFingerprint && kept != first.pair.fingerprint)
            let own = SSHPrivateKey.ed25519(comment: "own")
            _ = try await rotations.start(
                keyPair: DefaultKeyPair.name, publicKey: own.publicKey.line, instances: nil)
            let error = await #expect(throws: SloopError.self) { try await keys.downloadDefault() }
            #expect(error?.code == .notFound)
        }
    }

    @Test func theDefaultPairIsDeletedOnlyWithItsFingerprintAndMadeAnewWhenItIsAskedFor() async throws {
        try await Live.with { live in
            let keys = live.provisioner.keyPairs
            let first = try await keys.downloadDefault()
            for wrong in [nil, "SHA256:other"] {
                let error = await #expect(throws: SloopError.self) {
                    try await keys.delete(DefaultKeyPair.name, fingerprint: wrong)
                }
                #expect(error?.code == .invalidInput)
            }
            #expect(try await keys.downloadDefault().privateKey == first.privateKey)
            _ = try await keys.delete(DefaultKeyPair.name, fingerprint: first.pair.fingerprint)
            #expect(try await keys.downloadDefault().privateKey != first.privateKey)
        }
    }
}
