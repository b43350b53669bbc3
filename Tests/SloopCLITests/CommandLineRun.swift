import ArgumentParser
import Foundation
import LightsailAPI
import NIOConcurrencyHelpers
import SloopCLI

/// What a command line has printed, and its exit code.
struct Outcome {
    var output: String
    var error: String
    var code: Int32

    /// Standard output as one JSON document.
    var json: [String: Any]? { try? JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any] }

    /// A value in that document, by the names of members with dots between.
    func value(_ path: String) -> Any? {
        path.split(separator: ".").reduce(json as Any?) { ($0 as? [String: Any])?[String($1)] }
    }
}

private struct Root: AsyncParsableCommand {
    static let configuration = SloopCLI.configuration(version: "1.2.3")
}

/// Noon of 24 November 2026, UTC: the time of every test.
let noon = Date(timeIntervalSince1970: 1_795_521_600)

/// Runs `sloop` with these arguments, in the folder of the fake server.
func sloop(
    _ arguments: String..., on fake: FakeSloop, isTTY: Bool = false, environment: [String: String] = [:]
) async -> Outcome {
    await sloop(arguments, on: fake, isTTY: isTTY, environment: environment)
}

func sloop(
    _ arguments: [String], on fake: FakeSloop, isTTY: Bool = false, environment: [String: String] = [:]
) async -> Outcome {
    let output = NIOLockedValueBox(Data())
    let error = NIOLockedValueBox(Data())
    let terminal = Terminal(
        writeOutput: { data in output.withLockedValue { $0 += data } },
        writeError: { data in error.withLockedValue { $0 += data } },
        outputIsTTY: isTTY, errorIsTTY: isTTY,
        environment: ["SLOOP_SOCKET": fake.socket, "TMPDIR": fake.folder, "PATH": fake.folder]
            .merging(environment) { $1 },
        now: { noon }, directory: fake.folder)
    let code = await Terminal.$current.withValue(terminal) { await SloopCLI.run(Root.self, arguments) }
    return Outcome(
        output: String(decoding: output.withLockedValue { $0 }, as: UTF8.self),
        error: String(decoding: error.withLockedValue { $0 }, as: UTF8.self), code: code)
}
