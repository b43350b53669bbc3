import Foundation
import SloopModel
@testable import SloopStore
import Testing

@Suite struct VaultTests {
    @Test func aSecretIsSealedOnDiskAndOpensAgain() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        try await store.write { try $0.set(secret: "access/x", to: "private half") }
        #expect(try await store.read { try $0.secret("access/x") } == "private half")
        try store.close()
        for name in try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) {
            let bytes = try #require(FileManager.default.contents(atPath: scratch.url.appending(path: name).path))
            #expect(bytes.range(of: Data("private half".utf8)) == nil, "\(name) shows the secret")
        }
    }

    @Test func theKeyFileIsForItsOwnerOnly() throws {
        let scratch = try Scratch()
        _ = try Vault(folder: scratch.url)
        let path = scratch.url.appending(path: Vault.fileName).path
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func aLostKeyIsNotReplacedWhileItIsNeeded() async throws {
        let scratch = try Scratch()
        try scratch.open().close()
        try FileManager.default.removeItem(at: scratch.url.appending(path: Vault.fileName))
        let error = await storageFailure { _ = try scratch.open() }
        #expect(error?.code == .storage)
        #expect(!FileManager.default.fileExists(atPath: scratch.url.appending(path: Vault.fileName).path))
    }

    @Test func anotherKeyOpensNothingAndSaysSo() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        try await store.write { try $0.set(secret: "access/x", to: "private half") }
        try store.close()
        try Data(repeating: 7, count: 32).write(to: scratch.url.appending(path: Vault.fileName))
        let wrong = try scratch.open()
        let error = await storageFailure { _ = try await wrong.read { try $0.secret("access/x") } }
        #expect(error?.message == "the secret 'access/x' cannot be opened with this secret.key")
    }
}
