import Foundation
import SloopModel
import Testing

@testable import SloopStore

@Suite struct FilePermissionTests {
    private func mode(_ url: URL) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions] as? Int
    }

    @Test func allThatAStoreWritesIsForItsOwnerAloneInAFolderThatOthersMayEnter() async throws {
        let scratch = try Scratch()
        chmod(scratch.url.path, 0o755)
        let folder = try StateFolder(scratch.url)
        let store = try scratch.open()
        try await store.write { try $0.set(setting: "a", to: "1") }
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).sorted()
        #expect(names == ["lock", "secret.key", "sloop.db", "sloop.db-shm", "sloop.db-wal"])
        for name in names { #expect(try mode(scratch.url.appending(path: name)) == 0o600, "\(name)") }
        #expect(try mode(folder.folder("machines")) == 0o700)
    }

    @Test(arguments: [0o770, 0o757])
    func aFolderInWhichOthersMayWriteIsRefused(_ loose: mode_t) async throws {
        let scratch = try Scratch()
        chmod(scratch.url.path, loose)
        let error = await storageFailure { _ = try StateFolder(scratch.url) }
        #expect(error?.message.contains("others can change what is in the state folder") == true)
        #expect(error?.tip.contains("chmod go-w \(scratch.url.path)") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).isEmpty)
        #expect(try mode(scratch.url) == Int(loose))
    }

    @Test(arguments: [0o640, 0o604, 0o622])
    func aKeyThatOthersMayReadOrChangeIsRefusedAndLeftAsItIs(_ loose: mode_t) async throws {
        let scratch = try Scratch()
        try scratch.open().close()
        let key = scratch.url.appending(path: Vault.fileName)
        let before = FileManager.default.contents(atPath: key.path)
        chmod(key.path, loose)
        let error = await storageFailure { _ = try StateFolder(scratch.url) }
        #expect(
            error?.message.hasPrefix("others can read or change the key to all secrets, \(key.path) (mode ") == true)
        #expect(
            FileManager.default.contents(atPath: key.path) == before
                && FileManager.default.fileExists(atPath: scratch.file))
        chmod(key.path, 0o600)
        _ = try StateFolder(scratch.url)
    }

    @Test func aDatabaseThatAnEarlierSloopLeftOpenToReadersIsClosed() async throws {
        let scratch = try Scratch()
        try scratch.open().close()
        chmod(scratch.file, 0o644)
        _ = try StateFolder(scratch.url)
        #expect(try mode(URL(filePath: scratch.file)) == 0o600)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func whatBelongsToAnotherUserIsRefused() async throws {
        for name in ["", Vault.fileName, Store.fileName] {
            let scratch = try Scratch()
            try scratch.open().close()
            let path = name.isEmpty ? scratch.url.path : scratch.url.appending(path: name).path
            try #require(chown(path, 12_345, 12_345) == 0)
            let error = await storageFailure { _ = try StateFolder(scratch.url) }
            #expect(error?.message == "\(path) belongs to the user with the id 12345, and this server is run by 0")
        }
    }

    @Test func aKeyFileThatIsALinkIsRefused() async throws {
        let (scratch, other) = (try Scratch(), try Scratch())
        try scratch.open().close()
        let key = scratch.url.appending(path: Vault.fileName)
        try FileManager.default.moveItem(at: key, to: other.url.appending(path: "key"))
        try FileManager.default.createSymbolicLink(at: key, withDestinationURL: other.url.appending(path: "key"))
        #expect(
            await storageFailure { _ = try StateFolder(scratch.url) }?.message.hasSuffix("is a symbolic link") == true)
    }
}
