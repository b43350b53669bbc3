import ArgumentParser

struct ImageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "What the machines of blueprints are cloned from.",
        subcommands: [ImageList.self, ImageBuild.self, ImageDelete.self])
}
