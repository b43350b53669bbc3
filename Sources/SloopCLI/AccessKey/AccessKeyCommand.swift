import ArgumentParser

struct AccessKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "access-key", abstract: "What Lightsail's clients (aws, boto3, Ansible, Terraform) sign with.",
        discussion: "Clients reach the server where 'sloop serve --listen' says. docs/api.md has examples.",
        subcommands: [
            AccessKeyCreate.self, AccessKeyList.self, AccessKeyEnable.self, AccessKeyDisable.self,
            AccessKeyDelete.self,
        ])
}

/// The key that a verb works on.
struct AccessKeyID: ParsableArguments {
    @Argument(help: "The key's id, AKIA and 16 letters or digits.")
    var id: String
}
