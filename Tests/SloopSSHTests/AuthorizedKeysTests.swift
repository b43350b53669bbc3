import Foundation
import SloopModel
@testable import SloopSSH
import Testing

@Suite(.needsSSHD) struct AuthorizedKeysTests {
    private let file = AuthorizedKeysFile(path: ".ssh/authorized_keys")
    private let mine = SSHPrivateKey.ed25519(comment: "mine")
    private let other = SSHPrivateKey.ed25519(comment: "it's \"other\" $HOME").publicKey

    private func content(_ server: TestSSHD) throws -> String {
        try String(contentsOf: server.home.appending(path: ".ssh/authorized_keys"), encoding: .utf8)
    }

    private func put(_ text: String, on server: TestSSHD) throws {
        try Data(text.utf8).write(to: server.home.appending(path: ".ssh/authorized_keys"))
    }

    @Test func aKeyIsAddedOnceAndRemovedAgainAndTheRestStays() async throws {
        let server = try await TestSSHD()
        let hand = "# my own\n\nfrom=\"10.0.0.1\",command=\"echo a b\" \(mine.publicKey.bareLine) by hand\r\n"
        let before = hand + mine.publicKey.line + "\n"
        try put(before, on: server)
        let session = try await server.session(mine)
        try await file.add(other, over: session)
        try await file.add(other, over: session)
        #expect(try content(server) == before + other.line + "\n")
        #expect(try await file.contains(other, over: session))
        try await file.remove(other, requiring: mine.publicKey, over: session)
        try await file.remove(other, requiring: mine.publicKey, over: session)
        #expect(try content(server) == before)
        #expect(try await !file.contains(other, over: session))
        await session.close()
    }

    @Test func aLastLineWithoutAnEndIsNotJoinedWithTheNewKey() async throws {
        let server = try await TestSSHD()
        try put(mine.publicKey.line, on: server)
        let session = try await server.session(mine)
        try await file.add(other, over: session)
        #expect(try content(server) == mine.publicKey.line + "\n" + other.line + "\n")
        await session.close()
    }

    @Test func aKeyWithOptionsAndAnotherCommentIsRemovedToo() async throws {
        let server = try await TestSSHD()
        let line = "no-pty,from=\"127.0.0.0/8\" \(other.bareLine) renamed"
        try put("\(mine.publicKey.line)\n\(line)\n# \(other.bareLine)\n", on: server)
        let session = try await server.session(mine)
        try await file.remove(other, requiring: mine.publicKey, over: session)
        #expect(try content(server) == "\(mine.publicKey.line)\n# \(other.bareLine)\n")
        await session.close()
    }

    @Test func theOldKeyStaysWhenTheNewOneIsGoneFromTheFile() async throws {
        let server = try await TestSSHD(keys: [mine.publicKey.line])
        let new = SSHPrivateKey.ed25519(comment: "new").publicKey
        let session = try await server.session(mine)
        for text in ["\(mine.publicKey.line)\n", "\(mine.publicKey.line)\n# \(new.line)\n", "# \(new.line)\n"] {
            try put(text, on: server)
            let error = await #expect(throws: SloopError.self) {
                try await file.remove(mine.publicKey, requiring: new, over: session)
            }
            #expect(error?.message.contains("the key that is to stay is gone") == true, "\(error?.message ?? "")")
            #expect(try content(server) == text)
        }
        try put("\(mine.publicKey.line)\nno-pty \(new.bareLine)\n", on: server)
        try await file.remove(mine.publicKey, requiring: new, over: session)
        #expect(try content(server) == "no-pty \(new.bareLine)\n")
        await session.close()
    }

    @Test func editsOverOneSessionShareAShellAndAnotherIsStartedWhenItWasKilled() async throws {
        let server = try await TestSSHD(keys: [mine.publicKey.line])
        let session = try await server.session(mine)
        func shells() async throws -> String {
            try await session.run("pgrep -P $PPID -x sh", timeout: .seconds(10)).stdoutText
        }
        try await file.add(other, over: session)
        let first = try await shells()
        #expect(first.split(separator: "\n").count == 1)
        #expect(try await file.contains(other, over: session))
        #expect(try await shells() == first)
        #expect(try await session.run("kill -9 \(first)", timeout: .seconds(10)).exitCode == 0)
        try await file.remove(other, requiring: mine.publicKey, over: session)
        let second = try await shells()
        #expect(second != first && second.split(separator: "\n").count == 1)
        #expect(try content(server) == mine.publicKey.line + "\n")
        await session.close()
    }

    @Test func modeAndLinkOfTheFileStay() async throws {
        let server = try await TestSSHD(keys: [mine.publicKey.line])
        let link = server.home.appending(path: ".ssh/authorized_keys").path
        let target = server.home.appending(path: "elsewhere").path
        try FileManager.default.moveItem(atPath: link, toPath: target)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: target)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
        let session = try await server.session(mine)
        try await file.add(other, over: session)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == target)
        let mode = try FileManager.default.attributesOfItem(atPath: target)[.posixPermissions] as? Int
        #expect(mode == 0o640)
        #expect(try content(server).contains(other.line))
        await session.close()
    }

    @Test func theFileIsMadeForItsOwnerOnly() async throws {
        let server = try await TestSSHD(keys: [mine.publicKey.line])
        let session = try await server.session(mine)
        let fresh = AuthorizedKeysFile(path: "new/folder/keys")
        try await fresh.add(other, over: session)
        let path = server.home.appending(path: "new/folder/keys").path
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        await session.close()
    }

    @Test func aFileThatCannotBeWrittenIsNamedAndStays() async throws {
        let server = try await TestSSHD(keys: [mine.publicKey.line])
        let before = try content(server)
        let session = try await server.session(mine)
        // /proc cannot be written even by root.
        let error = await failure { try await AuthorizedKeysFile(path: "/proc/keys").add(other, over: session) }
        #expect(error?.code == .operationFailed)
        #expect(error?.message.hasPrefix("/proc/keys on \(server.endpoint.address) cannot be changed") == true)
        #expect(try content(server) == before)
        await session.close()
    }

    @Test func editsAtTheSameTimeAreAllKept() async throws {
        let server = try await TestSSHD(keys: [mine.publicKey.line])
        let keys = (0..<4).map { SSHPrivateKey.ed25519(comment: "k\($0)").publicKey }
        try await withThrowingTaskGroup { group in
            for key in keys {
                group.addTask { [file, mine] in
                    let session = try await server.session(mine)
                    try await file.add(key, over: session)
                    await session.close()
                }
            }
            try await group.waitForAll()
        }
        let text = try content(server)
        for key in keys { #expect(text.contains(key.line)) }
    }
}
