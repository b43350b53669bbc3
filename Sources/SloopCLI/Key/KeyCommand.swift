import ArgumentParser

struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "SSH key pairs, and their rotation.",
        subcommands: [
            KeyCreate.self, KeyImport.self, KeyList.self, KeyShow.self, KeyDelete.self, KeyRotate.self,
        ])
}

/// The name of the key pair that a verb works on.
struct KeyName: ParsableArguments {
    @Argument(help: "The key pair's name.")
    var name: String
}
