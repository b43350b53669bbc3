import ArgumentParser

struct BlueprintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "blueprint", abstract: "What instances are made from.",
        subcommands: [BlueprintList.self, BlueprintShow.self])
}
