import ArgumentParser
import Foundation
import SloopCLI

struct Sloop: AsyncParsableCommand {
    static let version = "0.1.0"
    static let configuration = SloopCLI.configuration(
        version: version,
        adding: [ServeCommand.self, DoctorCommand.self, BurninCommand.self, BackupCommand.self, RestoreCommand.self])
}

@main enum Main {
    static func main() async {
        exit(await SloopCLI.run(Sloop.self, Array(CommandLine.arguments.dropFirst())))
    }
}
