import ArgumentParser
import LightsailAPI
import SloopModel

struct PortCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "port", abstract: "The ports at which an instance is reached from outside.",
        subcommands: [PortList.self, PortOpen.self, PortClose.self])
}

/// Ports on the command line: `8080`, `1000-1010`, `53/udp` or `all`.
struct PortRange: ExpressibleByArgument {
    let from: Int
    let to: Int
    let transport: String

    init?(argument: String) {
        if argument == "all" {
            self.init(from: 0, to: 65535, transport: "all")
            return
        }
        let halves = argument.split(separator: "/", omittingEmptySubsequences: false)
        let ends = halves[0].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...2).contains(halves.count), (1...2).contains(ends.count), let from = ends[0],
            let to = ends.count == 2 ? ends[1] : from,
            ["tcp", "udp", nil].contains(halves.dropFirst().first.map { "\($0)" })
        else { return nil }
        self.init(from: from, to: to, transport: halves.count == 2 ? String(halves[1]) : "tcp")
    }

    private init(from: Int, to: Int, transport: String) {
        self.from = from
        self.to = to
        self.transport = transport
    }

    /// - Parameter sources: who may reach them; everybody if there are none.
    func shape(from sources: [String] = []) -> Lightsail.PortInfo {
        .init(fromPort: from, toPort: to, protocol: transport, cidrs: sources.isEmpty ? nil : sources)
    }
    var text: String { PortRange.text(from, to, transport) }

    static func text(_ from: Int, _ to: Int, _ transport: String) -> String {
        transport == "all" ? "all" : "\(from == to ? "\(from)" : "\(from)-\(to)")/\(transport)"
    }
}

/// The instance and the ports that a verb works on.
struct PortArguments: ParsableArguments {
    @Argument(help: "The instance's name.")
    var instance: String

    @Argument(help: ArgumentHelp("8080, 1000-1010, 53/udp, or all.", valueName: "port"))
    var range: PortRange
}

struct PortList: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the open ports of an instance.")

    @Argument(help: "The instance's name.")
    var instance: String

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let answer = try await api.call(Lightsail.GetInstancePortStates.self, .init(instanceName: instance))
        let ports = answer.portStates ?? []
        try connection.show(ports) { style in
            var table = Table(["PORTS", .state("STATE"), "FROM"])
            table.rows = ports.map { port in
                [
                    PortRange.text(port.fromPort ?? 0, port.toPort ?? 0, port.protocol ?? ""), port.state ?? "",
                    ((port.cidrs ?? []) + (port.cidrListAliases ?? [])).joined(separator: " "),
                ]
            }
            return table.text(style)
        }
    }
}

struct PortOpen: Verb {
    static let configuration = CommandConfiguration(
        commandName: "open", abstract: "Opens ports of an instance; others stay as they are.",
        discussion: "What was said of just these ports before is replaced.")

    @OptionGroup var port: PortArguments

    @Option(
        name: .customLong("from"), parsing: .singleValue,
        help: ArgumentHelp(
            "Who may reach them, e.g. 192.0.2.0/24 or 192.0.2.44; again for more. Everybody if it is left out.",
            valueName: "range"))
    var sources: [String] = []

    @OptionGroup var wait: WaitOption
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let input = Lightsail.OpenInstancePublicPorts.Input(
            portInfo: port.range.shape(from: sources), instanceName: port.instance)
        let started = try await api.call(Lightsail.OpenInstancePublicPorts.self, input).operation
        let operation = try await api.finish(started.map { [$0] }, of: port.instance, wait)
        let whom = sources.isEmpty ? "" : " to \(sources.joined(separator: ", "))"
        try connection.show(operation) { _ in
            operation.text(done: "\(port.instance) is open at \(port.range.text)\(whom)")
        }
    }
}

struct PortClose: Verb {
    static let configuration = CommandConfiguration(
        commandName: "close", abstract: "Closes ports of an instance that were opened as just these.",
        discussion: "Connections that are open go on until they end.")

    @OptionGroup var port: PortArguments
    @OptionGroup var wait: WaitOption
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let before = try await api.call(Lightsail.GetInstancePortStates.self, .init(instanceName: port.instance))
        // Lightsail says nothing of ports that are not open; a person who mistyped one wants to know.
        guard
            before.portStates?.contains(where: {
                PortRange.text($0.fromPort ?? 0, $0.toPort ?? 0, $0.protocol ?? "") == port.range.text
            }) == true
        else {
            throw SloopError(
                .invalidInput, "'\(port.instance)' has no open ports \(port.range.text)",
                tip: "see which are: sloop port list \(port.instance)")
        }
        let input = Lightsail.CloseInstancePublicPorts.Input(portInfo: port.range.shape(), instanceName: port.instance)
        let started = try await api.call(Lightsail.CloseInstancePublicPorts.self, input).operation
        let operation = try await api.finish(started.map { [$0] }, of: port.instance, wait)
        try connection.show(operation) { _ in
            operation.text(done: "\(port.instance) is closed at \(port.range.text)")
        }
    }
}
