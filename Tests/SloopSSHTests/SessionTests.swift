import Foundation
import SloopModel
@testable import SloopSSH
import Testing

@Suite(.needsSSHD) struct SessionTests {
    /// scripts/test runs this suite twice, and says which library it means to be there.
    @Test func theLibraryIsTheOneThatWasMeant() {
        #expect(Methods.hasGCM == (ProcessInfo.processInfo.environment["SLOOP_LIBSSH2"] == "1.11"))
    }

    @Test func aKeyThatIsThereOpensTheMachine() async throws {
        let key = SSHPrivateKey.ed25519(comment: "me")
        let server = try await TestSSHD(keys: [key.publicKey.line])
        let session = try await server.session(key)
        let result = try await session.run("echo out; echo err >&2; exit 7", timeout: .seconds(10))
        #expect(result.exitCode == 7)
        #expect(result.stdoutText == "out\n")
        #expect(String(decoding: result.stderr, as: UTF8.self) == "err\n")
        await session.close()
    }

    @Test func anotherHostKeyStopsEverythingBeforeAKeyIsOffered() async throws {
        let key = SSHPrivateKey.ed25519(comment: "me")
        let server = try await TestSSHD(keys: [key.publicKey.line])
        let other = SSHPrivateKey.ed25519(comment: "other").publicKey
        let wrong = SSHEndpoint(address: server.endpoint.address, port: server.endpoint.port, hostKey: other)
        let error = await failure { _ = try await SSHSession.connect(to: wrong, timeout: .seconds(10)) }
        #expect(error?.code == .hostKeyChanged)
        #expect(error?.message.contains(other.fingerprint) == true)
        #expect(error?.message.contains(server.endpoint.hostKey.fingerprint) == true)
    }

    @Test func theServerIsToldThatASessionEndsIfSomebodyIsLoggedIn() async throws {
        let key = SSHPrivateKey.ed25519(comment: "me")
        let server = try await TestSSHD(keys: [key.publicKey.line])
        func log(until text: String) async throws -> String {
            let end = ContinuousClock.now + .seconds(10)
            while true {
                let log = try String(contentsOf: server.log, encoding: .utf8)
                if log.contains(text) || ContinuousClock.now > end { return log }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        let stranger = try await SSHSession.connect(to: server.endpoint, timeout: .seconds(10))
        _ = try await stranger.accepts(user: TestSSHD.user, key: key.publicKey)
        await stranger.close()
        #expect(try await !log(until: "Connection closed by").contains("Received disconnect"))
        let session = try await server.session(key)
        _ = try await session.run("true", timeout: .seconds(10))
        await session.close()
        #expect(try await log(until: "Received disconnect").contains("11: done"))
    }

    @Test func aKeyThatIsNotThereIsRefused() async throws {
        let server = try await TestSSHD(keys: [SSHPrivateKey.ed25519(comment: "a").publicKey.line])
        let error = await failure { _ = try await server.session(.ed25519(comment: "b")) }
        #expect(error?.code == .keyRefused)
    }

    @Test(arguments: ["ed25519", "rsa", "ecdsa"])
    func theServerSaysWhetherItTakesAKeyOfWhichOnlyThePublicHalfIsHere(kind: String) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { for end in ["", ".pub"] { try? FileManager.default.removeItem(atPath: folder + end) } }
        try shell("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", folder)
        let key = try SSHPublicKey(line: String(contentsOfFile: folder + ".pub", encoding: .utf8))
        let server = try await TestSSHD(keys: [key.line])
        let session = try await SSHSession.connect(to: server.endpoint, timeout: .seconds(10))
        #expect(try await session.accepts(user: TestSSHD.user, key: key))
        await session.close()
        let second = try await SSHSession.connect(to: server.endpoint, timeout: .seconds(10))
        let stranger = SSHPrivateKey.ed25519(comment: "x").publicKey
        #expect(try await !second.accepts(user: TestSSHD.user, key: stranger))
        await second.close()
    }

    @Test func aCertificateOfTheAuthorityOpensTheMachineAndAnExpiredOneDoesNot() async throws {
        let authority = SSHPrivateKey.ed25519(comment: "ca")
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let trusted = folder.appending(path: "ca.pub").path
        try Data((authority.publicKey.line + "\n").utf8).write(to: URL(filePath: trusted))
        let server = try await TestSSHD(options: ["TrustedUserCAKeys=\(trusted)"])
        func login(from: TimeInterval, until: TimeInterval) throws -> String {
            let key = SSHPrivateKey.ed25519(comment: "temporary")
            let file = folder.appending(path: UUID().uuidString).path
            _ = FileManager.default.createFile(
                atPath: file, contents: Data(key.openSSH.utf8), attributes: [.posixPermissions: 0o600])
            let certificate = try UserCertificate.issue(
                for: key.publicKey, by: authority, keyID: "test", principals: [TestSSHD.user],
                validFrom: Date(timeIntervalSinceNow: from), validUntil: Date(timeIntervalSinceNow: until))
            try Data((certificate + "\n").utf8).write(to: URL(filePath: file + "-cert.pub"))
            return try shell(
                "ssh", "-F", "/dev/null", "-i", file, "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o",
                "UserKnownHostsFile=/dev/null", "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-p",
                "\(server.endpoint.port)", "\(TestSSHD.user)@\(server.endpoint.address)", "echo in")
        }
        #expect(try login(from: -60, until: 60) == "in\n")
        #expect(try login(from: -120, until: -60) == "")
    }

    @Test func manyBytesGoBothWaysAtOnce() async throws {
        let key = SSHPrivateKey.ed25519(comment: "me")
        let server = try await TestSSHD(keys: [key.publicKey.line])
        let session = try await server.session(key)
        let input = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let result = try await session.run(
            "tee /dev/stderr", stdin: input, timeout: .seconds(30))
        #expect(result.stdout == input)
        #expect(result.stderr == input)
        await session.close()
    }

    @Test func outputStreamsAsItComes() async throws {
        let key = SSHPrivateKey.ed25519(comment: "me")
        let server = try await TestSSHD(keys: [key.publicKey.line])
        let session = try await server.session(key)
        let gate = server.home.appending(path: "gate").path
        let seen = Collector()
        let result = try await session.run(
            "echo one; while ! [ -e \(gate) ]; do sleep 0.01; done; echo two", timeout: .seconds(20)
        ) { bytes in
            await seen.add(bytes)
            _ = FileManager.default.createFile(atPath: gate, contents: nil)
        }
        #expect(result.exitCode == 0)
        #expect(await seen.text == "one\ntwo\n")
        await session.close()
    }

    @Test func deathByASignalIsAnExitCode() async throws {
        let key = SSHPrivateKey.ed25519(comment: "me")
        let server = try await TestSSHD(keys: [key.publicKey.line])
        let session = try await server.session(key)
        #expect(try await session.run("kill -9 $$", timeout: .seconds(10)).exitCode == 137)
        await session.close()
    }

    @Test func aCommandThatClosesItsOutputsBeforeItEndsIsWaitedFor() async throws {
        let key = SSHPrivateKey.ed25519(comment: "me")
        let session = try await TestSSHD(keys: [key.publicKey.line]).session(key)
        #expect(try await session.run("exec >&- 2>&-; sleep 0.5; exit 7", timeout: .seconds(10)).exitCode == 7)
        // The next command's channel is another one.
        #expect(try await session.run("echo again", timeout: .seconds(10)).stdoutText == "again\n")
        await session.close()
    }

    @Test func aCommandThatIsTooSlowIsGivenUp() async throws {
        let key = SSHPrivateKey.ed25519(comment: "me")
        let server = try await TestSSHD(keys: [key.publicKey.line])
        let session = try await server.session(key)
        let error = await failure { _ = try await session.run("sleep 60", timeout: .milliseconds(300)) }
        #expect(error?.code == .unreachable)
        await session.close()
    }

    @Test func aCancelledTaskDoesNotWait() async throws {
        let key = SSHPrivateKey.ed25519(comment: "me")
        let server = try await TestSSHD(keys: [key.publicKey.line])
        let session = try await server.session(key)
        let (started, signal) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            try await session.run("echo up; sleep 60", timeout: .seconds(60)) { _ in signal.yield() }
        }
        for await _ in started { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        await session.close()
    }

    @Test func twoHundredLoginsAtOnceAllSucceed() async throws {
        let key = SSHPrivateKey.ed25519(comment: "me")
        let server = try await TestSSHD(keys: [key.publicKey.line])
        let codes = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let session = try await SSHSession.connect(to: server.endpoint, timeout: .seconds(60))
                    try await session.authenticate(user: TestSSHD.user, key: key, timeout: .seconds(60))
                    let code = try await session.run("exit \(number % 100)", timeout: .seconds(60)).exitCode
                    await session.close()
                    return code
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.sorted() == (0..<200).map { $0 % 100 }.sorted())
    }
}

actor Collector {
    private(set) var text = ""
    func add(_ bytes: [UInt8]) { text += String(decoding: bytes, as: UTF8.self) }
}
