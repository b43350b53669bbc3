import Foundation
import SloopModel
import SloopSSH
import SloopStore
import Testing

@testable import SloopProvisioner

@Suite(.needsSandbox) struct KeyPairTests {
    @Test func aPrivateKeyIsShownOnceAndKeptNowhere() async throws {
        try await Live.with { live in
            let created = try await live.provisioner.keyPairs.create("desk")
            let key = try SSHPrivateKey(parsing: created.privateKey)
            #expect(created.pair.fingerprint == key.publicKey.fingerprint && created.pair.origin == .created)
            #expect(created.operation.status == .succeeded && created.operation.resourceName == "desk")
            let instance = try await live.make(keyPair: "desk")
            #expect(try await live.rig.opens(instance, key))
            #expect(try await !live.rig.opens(instance, live.rig.key))
            let view = try await live.provisioner.keyPairs.find("desk")
            #expect(view.instances.map(\.name) == ["web"] && view.openTargets.isEmpty)

            let secret = try #require(created.privateKey.split(separator: "\n").dropFirst(2).first)
            for name in ["sloop.db", "sloop.db-wal"] {
                let data = FileManager.default.contents(atPath: live.rig.folder.appending(path: name).path) ?? Data()
                #expect(data.range(of: Data(secret.utf8)) == nil)
            }
        }
    }

    @Test func aDeletedPairFreesItsNameAndItsKeyStillOpensTheMachine() async throws {
        try await Live.with { live in
            let instance = try await live.make()
            _ = try await live.provisioner.keyPairs.delete("laptop")
            #expect(try await live.provisioner.keyPairs.list().isEmpty)
            #expect(try await live.rig.opens(instance, live.rig.key))
            await expect(.notFound) { try await live.provisioner.keyPairs.find("laptop") }
            await expect(.notFound) { try await live.provisioner.keyPairs.delete("laptop") }
            _ = try await live.provisioner.keyPairs.create("laptop")
            #expect(try await live.rig.opens(instance, live.rig.key))
        }
    }

    @Test func whatIsNoKeyOrNoNameIsRefused() async throws {
        try await Rig.with { rig in
            let keyPairs = KeyPairService(world: rig.world.of(.default))
            try await rig.make("web")
            let new = SSHPrivateKey.ed25519(comment: "new")
            let before = try await rig.picture()
            for name in ["", "../x", "a b", "-rf", "schlüssel"] {
                await expect(.invalidInput) { try await keyPairs.create(name) }
                await expect(.invalidInput) { try await keyPairs.import(name, publicKey: new.publicKey.line) }
            }
            for name in ["laptop", "web"] {
                await expect(.nameExists) { try await keyPairs.create(name) }
                await expect(.nameExists) { try await keyPairs.import(name, publicKey: new.publicKey.line) }
            }
            for line in ["", "hello", new.openSSH, "ssh-dss AAAAB3NzaC1kc3MAAACBAP== old", "ssh-ed25519 AAAA"] {
                await expect(.invalidInput) { try await keyPairs.import("desk", publicKey: line) }
            }
            #expect(try await rig.picture() == before)
            _ = try await keyPairs.import("desk", publicKey: new.publicKey.line)
        }
    }
}
