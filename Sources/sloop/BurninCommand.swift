import ArgumentParser
import Foundation
import SloopCLI
import SloopProvisioner

struct BurninCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "burnin", abstract: "Takes machines all the way on this computer, and reports how it went.",
        discussion: """
            Starts a server of its own in a folder of its own, and with each machine: create, ssh, script, stop and start, \
            reboot, snapshot, restore, ports, static IP, key rotation, delete; all machines at once. The engine local has \
            no snapshots, ports and static addresses. Nothing is left of it, also after Ctrl-C. Exit code 0 if every step \
            succeeded, 130 if it was told to end.
            """)

    @Option(help: "What makes the machines: local, incus or auto.")
    var engine: Assembly.EngineChoice = .auto
    @Option(name: [.customShort("n"), .customLong("machines")], help: "How many machines, all at once.")
    var machines = 4
    @Option(help: "What to make them from (default: sandbox or debian-12).")
    var blueprint: String?
    @Option(help: "Their size.")
    var plan = "nano"
    @Option(help: "The folder with plans.json and blueprints/ (default: the one that came with this program).")
    var catalog: String?
    @Option(name: .shortAndLong, help: "table for people, json for programs.")
    var output: OutputFormat = .table

    func validate() throws {
        guard (1...256).contains(machines) else { throw ValidationError("-n takes 1 to 256 machines.") }
    }

    func run() async throws {
        var burnin = Burnin(
            engine: engine.rawValue, machines: machines,
            program: URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path)
        burnin.blueprint = blueprint
        burnin.plan = plan
        burnin.catalog = catalog.map { URL(filePath: $0).absoluteURL.standardizedFileURL.path }
        let report = try await burnin.run(as: output)
        if report.exitCode != 0 { throw ExitCode(report.exitCode) }
    }
}
