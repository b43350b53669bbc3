import ArgumentParser
import Foundation
import LightsailAPI
import NIOCore
import NIOPosix
import SloopCLI
import SloopModel
import Testing

@Suite struct ErrorTests {
    @Test(arguments: [
        (SloopError.Code.invalidInput, Int32(2)), (.nameExists, 2), (.notOffered, 2), (.notFound, 3), (.busy, 5),
        (.wrongState, 5), (.unreachable, 1), (.hostKeyChanged, 1), (.keyRefused, 1), (.accessDenied, 1),
        (.operationFailed, 1), (.storage, 1), (.unexpected, 1),
    ])
    func everyErrorOfTheServersHasItsExitCode(_ code: SloopError.Code, _ exit: Int32) async throws {
        let error = Reply.error(SloopError(code, "Some names are already in use: web", tip: "take another"))
        try await FakeSloop.run([(SloopAPI.GetInstanceDetails.self, [error])]) { fake in
            let outcome = await sloop("instance", "show", "web", on: fake)
            #expect(outcome.error == "error: Some names are already in use: web\ntip: take another\n")
            #expect(outcome.output == "")
            #expect(outcome.code == exit)
        }
    }

    @Test(.timeLimit(.minutes(1))) func aServerThatEndsAsItIsReachedIsNotWaitedFor() async throws {
        try await FakeSloop.run { fake in
            let path = fake.folder + "/dying.sock"
            let dying = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { $0.close() }
                .bind(unixDomainSocketPath: path).get()
            for _ in 0..<300 {
                #expect(await sloop("key", "delete", "laptop", "--socket", path, on: fake).code == 6)
            }
            try await dying.close().get()
        }
    }

    @Test func aSocketThatIsNotThereSaysHowToStartSloop() async throws {
        try await FakeSloop.run { fake in
            let outcome = await sloop("status", "--socket", "\(fake.folder)/none.sock", on: fake)
            #expect(
                outcome.error == """
                    error: no sloop answers at \(fake.folder)/none.sock
                    tip: start it with 'sloop serve', or name its socket with --socket

                    """)
            #expect(outcome.code == 6)
        }
    }

    @Test func aFileThatIsNoSocketAndAPathThatIsTooLongAreNoSloopEither() async throws {
        try await FakeSloop.run { fake in
            let file = try fake.write("file", "")
            #expect(await sloop("status", "--socket", file, on: fake).code == 6)
            let long = "/tmp/" + String(repeating: "x", count: 200)
            #expect(await sloop("status", "--socket", long, on: fake).code == 6)
        }
    }

    @Test(arguments: [(404, "<html>no</html>"), (200, "<html>yes</html>"), (200, "{}")])
    func aServerThatIsNoSloopIsSaid(_ status: Int, _ body: String) async throws {
        try await FakeSloop.run([(SloopAPI.GetSloopStatus.self, [.raw(status: status, body: body)])]) { fake in
            let outcome = await sloop("status", on: fake)
            #expect(
                outcome.error == """
                    error: \(fake.socket) answers GetSloopStatus with HTTP \(status) in no form of sloop's
                    tip: is it the socket of this version of sloop?

                    """)
            #expect(outcome.code == 1)
        }
    }

    @Test(arguments: [
        ["bogus"], ["instance", "create"], ["instance", "show", "web", "--output", "xml"], ["instance", "show"],
        ["operation", "list", "--limit", "0"], ["key", "rotate"], ["key", "rotate", "mine", "--all"],
        ["key", "rotate", "--access", "--save", "x"], ["key", "rotate", "mine", "--save", "-", "-o", "json"],
    ])
    func aCommandLineThatIsNotUnderstoodIsBadInput(_ arguments: [String]) async throws {
        try await FakeSloop.run { fake in
            let outcome = await sloop(arguments, on: fake)
            #expect(outcome.error.hasPrefix("error: "))
            #expect(outcome.output == "")
            #expect(outcome.code == 2)
            #expect(fake.calls == [])
        }
    }

    @Test func helpShowsTheThreeMainJobs() async throws {
        try await FakeSloop.run { fake in
            let outcome = await sloop("--help", on: fake)
            for job in ["sloop instance create web", "sloop key rotate mykey", "sloop cost"] {
                #expect(outcome.output.contains(job))
            }
            #expect(outcome.code == 0)
            #expect(await sloop("--version", on: fake).output == "1.2.3\n")
        }
    }

    @Test func everyCommandHasHelpOfItsOwn() async throws {
        try await FakeSloop.run { fake in
            for command in SloopCLI.commands {
                let verbs = command.configuration.subcommands
                for path in [[command]] + verbs.map({ [command, $0] }) {
                    let names = path.map { $0.configuration.commandName ?? "" }
                    let outcome = await sloop(names + ["--help"], on: fake)
                    #expect(outcome.output.contains("USAGE: sloop \(names.joined(separator: " "))"))
                    #expect(outcome.code == 0)
                }
            }
        }
    }

    @Test func theSocketIsWhereTheServerPutsItByDefault() {
        #expect(SocketPath.standard(environment: [:], isRoot: true) == "/var/lib/sloop/sloop.sock")
        #expect(
            SocketPath.standard(environment: ["HOME": "/home/u"], isRoot: false)
                == "/home/u/.local/state/sloop/sloop.sock")
        #expect(
            SocketPath.standard(environment: ["HOME": "/home/u", "XDG_STATE_HOME": "/s"], isRoot: false)
                == "/s/sloop/sloop.sock")
        #expect(SocketPath.standard(environment: ["SLOOP_SOCKET": "/x"], isRoot: true) == "/x")
        #expect(SocketPath.standard(environment: ["SLOOP_SOCKET": ""], isRoot: true) == "/var/lib/sloop/sloop.sock")
    }
}
