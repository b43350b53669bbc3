import ArgumentParser

struct OperationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operation", abstract: "What Sloop did and is doing.", subcommands: [OperationList.self])
}
