import Foundation
import SloopModel
import Testing

@testable import SloopSSH

/// Shells with a terminal, on a real sshd.
@Suite(.needsSSHD, .timeLimit(.minutes(1))) struct TerminalTests {
    private static let patience = Duration.seconds(10)

    /// What the terminal shows until the text is in it; all that there was if the shell ends before.
    private func shown(_ session: SSHSession, until text: String) async throws -> String {
        var all: [UInt8] = []
        let end = ContinuousClock.now + Self.patience
        while ContinuousClock.now < end {
            guard let bytes = try await session.terminalOutput(upTo: Self.patience) else { break }
            all += bytes
            if String(decoding: all, as: UTF8.self).contains(text) { break }
        }
        return String(decoding: all, as: UTF8.self)
    }

    private func opened(_ size: TerminalSize = TerminalSize(columns: 80, rows: 24)) async throws -> (
        TestSSHD, SSHSession
    ) {
        let key = SSHPrivateKey.ed25519(comment: "me")
        let server = try await TestSSHD(keys: [key.publicKey.line])
        let session = try await server.session(key)
        try await session.openTerminal(size)
        // A shell that prints nothing by itself but what the test asks for.
        try await session.type(Array("PS1='>'; stty -echo; echo re''ady\r".utf8))
        _ = try await shown(session, until: "ready")
        return (server, session)
    }

    @Test func whatIsTypedIsRunInATerminalOfThatSize() async throws {
        let (server, session) = try await opened(TerminalSize(columns: 101, rows: 33))
        try await session.type(Array("stty size; echo $TERM; test -t 0 && echo tt''y\r".utf8))
        let text = try await shown(session, until: "tty")
        #expect(text.contains("33 101\r\n") && text.contains("xterm-256color\r\n"))
        await session.close()
        withExtendedLifetime(server) {}
    }

    @Test func aProgramIsToldOfAnotherSizeWhileItRuns() async throws {
        let (server, session) = try await opened()
        // Of its own, since an interactive shell hears of it only while it runs nothing.
        let loop = "trap 'stty size' WINCH; echo waiting; while :; do sleep 0.1; done"
        try await session.type(Array("sh -c \"\(loop)\"\r".utf8))
        _ = try await shown(session, until: "waiting")
        for size in [TerminalSize(columns: 50, rows: 10), TerminalSize(columns: 60, rows: 20)] {
            try await session.resize(size)
        }
        #expect(try await shown(session, until: "20 60").contains("20 60"))
        // And it is stopped as a keyboard stops it.
        try await session.type([3])
        try await session.type(Array("echo he''re\r".utf8))
        #expect(try await shown(session, until: "here").contains("here"))
        await session.close()
        withExtendedLifetime(server) {}
    }

    @Test func typingReachesTheShellWhileSomebodyWaitsForItsOutput() async throws {
        let (server, session) = try await opened()
        async let text = shown(session, until: "typed")
        // The reader waits for the socket by now, or will in a moment; either must do.
        try await Task.sleep(for: .milliseconds(50))
        try await session.type(Array("echo ty''ped\r".utf8))
        #expect(try await text.contains("typed"))
        await session.close()
        withExtendedLifetime(server) {}
    }

    @Test func aLongPasteComesWholeAndInOrder() async throws {
        let (server, session) = try await opened()
        try await session.type(Array("stty raw; head -c 100000 | sha256sum; stty sane -echo; echo do''ne\r".utf8))
        let text = (0..<100_000).map { UInt8(97 + $0 % 26) }
        var rest = text[...]
        while !rest.isEmpty {
            // The machine need not have taken all of it before the next comes.
            try await session.type(Array(rest.prefix(30_000)))
            rest = rest.dropFirst(30_000)
        }
        let sum = try shell("sh", "-c", "head -c 100000 '\(try file(text).path)' | sha256sum").prefix(64)
        #expect(try await shown(session, until: "done").contains(sum))
        await session.close()
        withExtendedLifetime(server) {}
    }

    private func file(_ bytes: [UInt8]) throws -> URL {
        let file = FileManager.default.temporaryDirectory.appending(path: "sloop-paste-\(UUID().uuidString)")
        try Data(bytes).write(to: file)
        return file
    }

    @Test func moreThanTheMachineTakesIsRefused() async throws {
        let (server, session) = try await opened()
        // Nobody reads what is typed, and what is shown is not read either: in the end nothing more fits in between.
        try await session.type(Array("stty echo; sleep 60\r".utf8))
        let error = await failure {
            for _ in 0..<1000 { try await session.type([UInt8](repeating: 97, count: 30_000)) }
        }
        #expect(error?.code == .busy)
        await session.close()
        withExtendedLifetime(server) {}
    }

    @Test func theEndOfTheShellIsSeenAndNothingCanBeTypedAfterTheSessionIsClosed() async throws {
        let (server, session) = try await opened()
        try await session.type(Array("exit\r".utf8))
        _ = try await shown(session, until: "never")
        #expect(try await session.terminalOutput(upTo: Self.patience) == nil)
        await session.close()
        #expect(await failure { try await session.type([97]) }?.code == .unreachable)
        withExtendedLifetime(server) {}
    }

    @Test func closingEndsTheProgramsAndWhoeverWaits() async throws {
        let (server, session) = try await opened()
        let mark = server.home.appending(path: "mark").path
        try await session.type(
            Array("trap 'touch \(mark); exit' HUP; echo wai''ting; while :; do sleep 0.05; done\r".utf8))
        _ = try await shown(session, until: "waiting")
        async let ended = session.terminalOutput(upTo: .seconds(30))
        try await Task.sleep(for: .milliseconds(50))
        let start = ContinuousClock.now
        await session.close()
        #expect(try await ended == nil)
        #expect(ContinuousClock.now - start < .seconds(5))
        let end = ContinuousClock.now + Self.patience
        while !FileManager.default.fileExists(atPath: mark), ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(FileManager.default.fileExists(atPath: mark))
        withExtendedLifetime(server) {}
    }

    @Test func nothingForAWhileIsNoEnd() async throws {
        let (server, session) = try await opened()
        while try await session.terminalOutput(upTo: .milliseconds(200))?.isEmpty == false {}
        #expect(try await session.terminalOutput(upTo: .milliseconds(50)) == [])
        await session.close()
        withExtendedLifetime(server) {}
    }
}
