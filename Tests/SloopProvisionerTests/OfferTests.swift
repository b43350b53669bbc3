import Foundation
import SloopModel
import SloopSSH
import SloopStore
import Testing

@testable import SloopProvisioner

@Suite(.needsSandbox) struct OfferTests {
    @Test func anOfferExpiresAfterAnHourAndIsForgotten() async throws {
        try await Live.with { live in
            try await live.make()
            let rotations = live.provisioner.rotations
            let id = try await rotations.offer(keyPair: "laptop").rotation.id
            live.advance(RotationService.offerLasts - 1200)
            await live.provisioner.reconcile()
            #expect(try await rotations.find(id).rotation.status == .offered)
            live.advance(1200)
            await live.provisioner.reconcile()
            await expect(.notFound) { try await rotations.find(id) }
            await expect(.notFound) { try await rotations.start(offer: id, keyPair: "laptop", instances: nil) }
            #expect(try await live.rig.store.read { try $0.secret(SecretName.rotation(id)) } == nil)
            #expect(try await live.provisioner.rotations.list(openOnly: false).isEmpty)
        }
    }

    @Test func anOfferIsTakenOnce() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            let rotations = live.provisioner.rotations
            let offer = try await rotations.offer(keyPair: "laptop")
            _ = try await rotations.start(offer: offer.rotation.id, keyPair: "laptop", instances: nil)
            // A client that did not see the answer asks again.
            let again = try await rotations.start(offer: offer.rotation.id, keyPair: "laptop", instances: nil)
            #expect(again.targets.count == 1)
            #expect(try await live.settled(offer.rotation.id).rotation.status == .done)
            let kinds = try await live.rig.store.read { try $0.operations(of: "web", limit: 10).map(\.kind) }
            #expect(kinds == ["rotate-instance-key", "create-instance"])
            #expect(try await live.rig.opens(instance, SSHPrivateKey(parsing: offer.privateKey)))
        }
    }

    @Test func aWrongRequestChangesNothing() async throws {
        try await Live.with { live in
            try await live.make("web")
            try await live.make("bare", keyPair: nil)
            _ = try await live.provisioner.keyPairs.create("desk")
            let rotations = live.provisioner.rotations
            let id = try await rotations.offer(keyPair: "laptop").rotation.id
            let new = SSHPrivateKey.ed25519(comment: "new").publicKey.line
            let before = try await live.rig.picture()
            await expect(.notFound) {
                try await rotations.start(offer: id, keyPair: "laptop", instances: ["nobody"])
            }
            await expect(.notFound) { try await rotations.start(offer: id, keyPair: "desk", instances: nil) }
            await expect(.notFound) {
                try await rotations.start(offer: RotationID("none"), keyPair: "laptop", instances: nil)
            }
            await expect(.invalidInput) {
                try await rotations.start(offer: id, keyPair: "laptop", instances: ["web", "bare"])
            }
            await expect(.invalidInput) {
                try await rotations.start(keyPair: "laptop", publicKey: new, instances: ["web", "web"])
            }
            await expect(.invalidInput) { try await rotations.startAccess(instances: ["bare", "bare"]) }
            await expect(.invalidInput) {
                try await rotations.start(
                    keyPair: "laptop", publicKey: live.rig.key.publicKey.line, instances: nil)
            }
            await expect(.invalidInput) {
                try await rotations.start(keyPair: "laptop", publicKey: "no key", instances: nil)
            }
            await expect(.notFound) {
                try await rotations.start(keyPair: "nobody", publicKey: new, instances: nil)
            }
            await expect(.notFound) { try await rotations.offer(keyPair: "nobody") }
            await expect(.notFound) { try await rotations.startAccess(instances: ["nobody"]) }
            await expect(.notFound) { try await rotations.dryRun(keyPair: "nobody", instances: nil) }
            #expect(try await live.rig.picture() == before)
        }
    }
}

/// The call must be refused with that code, a message and nothing else.
func expect<Value>(
    _ code: SloopError.Code, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Value
) async {
    do {
        _ = try await body()
        Issue.record(comment ?? "it was not refused", sourceLocation: sourceLocation)
    } catch let error as SloopError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        #expect(!error.message.isEmpty, sourceLocation: sourceLocation)
    } catch {
        Issue.record("no SloopError: \(error)", sourceLocation: sourceLocation)
    }
}
