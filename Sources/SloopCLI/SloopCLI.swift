package import ArgumentParser
import SloopModel

/// The commands of `sloop` that are clients of its API: all but `serve`.
package enum SloopCLI {
    /// The commands, in the groups that `sloop --help` shows.
    package static let groups: [CommandGroup] = [
        CommandGroup(
            name: "Instance",
            subcommands: [InstanceCommand.self, SSHCommand.self, SSHConfigCommand.self]),
        CommandGroup(name: "Network", subcommands: [PortCommand.self, AddressCommand.self, DomainCommand.self]),
        CommandGroup(name: "Storage", subcommands: [DiskCommand.self, SnapshotCommand.self]),
        CommandGroup(name: "Key", subcommands: [KeyCommand.self]),
        CommandGroup(
            name: "Catalog and cost",
            subcommands: [PlanCommand.self, BlueprintCommand.self, ImageCommand.self, CostCommand.self]),
        CommandGroup(
            name: "Server",
            subcommands: [AccessKeyCommand.self, ConsoleCommand.self, OperationCommand.self, StatusCommand.self]),
    ]

    /// The commands, without their groups.
    package static var commands: [any ParsableCommand.Type] { groups.flatMap(\.subcommands) }

    /// The configuration of the root command, with commands that other rooms bring in front of those on the server.
    package static func configuration(
        version: String = "", adding more: [any ParsableCommand.Type] = []
    ) -> CommandConfiguration {
        var groups = groups
        let last = groups.removeLast()
        groups.append(CommandGroup(name: last.name, subcommands: more + last.subcommands))
        return CommandConfiguration(
            commandName: "sloop",
            abstract: "Your own Lightsail: fixed-price virtual servers on machines you own.",
            discussion: discussion, version: version, groupedSubcommands: groups)
    }

    private static var discussion: String {
        let codes = ExitStatus.allCases.map { "\($0.rawValue) \($0.meaning)" }.joined(separator: " · ")
        return """
            Create an instance, rotate its key, see what it costs:
              sloop instance create web --blueprint sandbox --plan nano --script setup.sh
              sloop key rotate mykey
              sloop cost

            Exit codes: \(codes)
            """
    }

    /// Runs a command line and returns the exit code; prints the error, if any, as `error: …` and `tip: …`.
    ///
    /// - Parameters:
    ///   - root: the command that has ``configuration(version:adding:)``.
    ///   - arguments: without the program's name.
    package static func run(_ root: any ParsableCommand.Type, _ arguments: [String]) async -> Int32 {
        do {
            var command = try root.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return ExitStatus.success.rawValue
        } catch let failure as CommandFailure {
            Terminal.current.report(failure.error)
            return failure.status.rawValue
        } catch let error as SloopError {
            Terminal.current.report(error)
            return ExitStatus(error.code).rawValue
        } catch let code as ExitCode {
            return code.rawValue
        } catch {
            return report(error, of: root)
        }
    }

    /// What ArgumentParser throws: a wish for help or the version, or a command line that it does not understand.
    private static func report(_ error: any Error, of root: any ParsableCommand.Type) -> Int32 {
        let message = root.fullMessage(for: error)
        if root.exitCode(for: error) == .success {
            Terminal.current.print(message)
            return ExitStatus.success.rawValue
        }
        let text = message.hasPrefix("Error: ") ? "error: " + message.dropFirst("Error: ".count) : message
        Terminal.current.note(text)
        return ExitStatus.invalidInput.rawValue
    }
}
