import ArgumentParser
import Foundation
import LightsailAPI

struct InstanceLogs: Verb {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Prints the output of an instance's launch script.")

    @OptionGroup var instance: InstanceName

    @Flag(name: .shortAndLong, help: "Go on until the script has ended.")
    var follow = false

    @Option(help: ArgumentHelp("The run; the newest if not given.", valueName: "id"))
    var run: String?

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let log = LaunchLog(api: api, instance: instance.name, run: run)
        var output = Data()
        let terminal = Terminal.current
        var last: UInt8?
        func show(_ data: Data) {
            last = data.last
            if connection.isJSON { output += data } else { terminal.writeOutput(data) }
        }
        let launch = follow ? try await log.follow(show) : try await log.read(show)
        if connection.isJSON {
            try connection.show(LaunchLogDocument(launch, output: output)) { _ in "" }
        } else {
            // A file gets the output as it is; on a terminal our own line begins at the left.
            if terminal.outputIsTTY, let last, last != UInt8(ascii: "\n") { terminal.print("") }
            terminal.note(terminal.errorStyle.dim("launch script of \(instance.name): \(launch.summary)"))
        }
    }
}

/// A run with all of its output, for programs.
struct LaunchLogDocument: Encodable {
    var runId: String
    var status: String
    var exitCode: Int?
    var startedAt: Date?
    var endedAt: Date?
    var output: String

    /// - Parameter output: bytes that are no UTF-8 become U+FFFD.
    init(_ launch: SloopAPI.LaunchDetails, output: Data) {
        runId = launch.runId
        status = launch.status
        exitCode = launch.exitCode
        startedAt = launch.startedAt
        endedAt = launch.endedAt
        self.output = String(decoding: output, as: UTF8.self)
    }
}
