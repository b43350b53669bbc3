import ArgumentParser

struct ConsoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console", abstract: "The console in a browser.",
        discussion: "It is served where 'sloop serve --listen' says. docs/console.md tells of it.",
        subcommands: [ConsoleLogin.self, ConsoleLogout.self])
}
