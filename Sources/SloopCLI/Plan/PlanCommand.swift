import ArgumentParser

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "The sizes of instances and their prices.", subcommands: [PlanList.self])
}
