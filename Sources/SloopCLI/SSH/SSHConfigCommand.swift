import ArgumentParser
import Foundation
import LightsailAPI
import SloopModel

struct SSHConfigCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "ssh-config", abstract: "Prints a configuration for plain ssh, with every host key pinned.",
        discussion: """
            Put it where ssh finds it: sloop ssh-config > ~/.ssh/sloop, and 'Include sloop' in ~/.ssh/config. \
            Without --known-hosts the host keys are in the configuration itself.
            """)

    @Option(
        help: ArgumentHelp("Write the host keys to this file, which the configuration then names.", valueName: "file"))
    var knownHosts: String?

    @Option(help: ArgumentHelp("The private key to log in with.", valueName: "file"))
    var identity: String?

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let instances = try await api.call(SloopAPI.ListInstanceDetails.self, .init()).instances
        let known = instances.map(\.knownHostsLine)
        let file = knownHosts.map { Terminal.current.path($0) }
        if let file { try write(known, to: file) }
        let document = SSHConfigDocument(
            config: instances.map { host($0, file) }.joined(separator: "\n"), knownHosts: known)
        try connection.show(document) { _ in document.config }
    }

    private func host(_ instance: SloopAPI.InstanceDetails, _ file: String?) -> String {
        var lines = [
            "Host \(instance.name)",
            "    HostName \(instance.publicAddress)",
            "    Port \(instance.port)",
            "    User \(instance.username)",
            "    StrictHostKeyChecking yes",
            "    GlobalKnownHostsFile /dev/null",
        ]
        if let file {
            lines.append("    UserKnownHostsFile \"\(file)\"")
        } else {
            lines.append("    UserKnownHostsFile /dev/null")
            lines.append("    KnownHostsCommand /bin/echo \(instance.knownHostsLine)")
        }
        if let identity {
            lines.append("    IdentityFile \"\(Terminal.current.path(identity))\"")
            lines.append("    IdentitiesOnly yes")
        }
        return lines.joined(separator: "\n")
    }

    /// Written beside it and renamed, so that an ssh that starts meanwhile sees the old file or the new one.
    private func write(_ lines: [String], to file: String) throws {
        do {
            try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: URL(filePath: file), options: .atomic)
        } catch {
            throw SloopError(
                .invalidInput, "'\(file)' cannot be written", tip: "name another file with --known-hosts", cause: error)
        }
    }
}

struct SSHConfigDocument: Encodable {
    var config: String
    var knownHosts: [String]
}
