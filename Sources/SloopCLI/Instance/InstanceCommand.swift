import ArgumentParser

struct InstanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "instance", abstract: "Virtual servers.",
        subcommands: [
            InstanceCreate.self, InstanceList.self, InstanceShow.self, InstanceStart.self, InstanceStop.self,
            InstanceReboot.self, InstanceDelete.self, InstanceLogs.self, InstanceRerun.self,
            InstanceConsole.self,
        ])
}

/// The name of the instance that a verb works on.
struct InstanceName: ParsableArguments {
    @Argument(help: "The instance's name.")
    var name: String
}
