import ArgumentParser
import SloopCLI
import SloopProvisioner

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Says what this computer lacks for the engines, and how to mend it.",
        discussion: "Needs no server, and changes nothing. Exit code 0 if at least one engine is usable.")

    @Option(name: .shortAndLong, help: "table for people, json for programs.")
    var output: OutputFormat = .table

    func run() async throws {
        let report = DoctorReport(await Doctor.examine())
        try report.show(as: output)
        if !report.isUsable { throw ExitCode(1) }
    }
}
