import ArgumentParser

/// The options that every verb has.
struct ConnectionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The socket of 'sloop serve' (or SLOOP_SOCKET).", valueName: "path"))
    var socket: String?

    @Option(name: .shortAndLong, help: "table for people, json for programs.")
    var output: OutputFormat = .table

    var isJSON: Bool { output == .json }

    /// The socket to speak to.
    var path: String { socket ?? SocketPath.standard(environment: Terminal.current.environment) }

    /// Prints the result of a command: the whole of it for programs, a text for people.
    func show(_ document: some Encodable, _ text: (Style) -> String) throws {
        let terminal = Terminal.current
        terminal.print(isJSON ? try JSONDocument.text(document) : text(terminal.outputStyle))
    }
}

/// How a command prints its result.
package enum OutputFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case table, json
}

/// A verb: its arguments, and what it does with the API.
protocol Verb: AsyncParsableCommand {
    var connection: ConnectionOptions { get }

    func perform(_ api: APIClient) async throws
}

extension Verb {
    mutating func run() async throws {
        let api = APIClient(path: connection.path)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await perform(api))
        } catch {
            outcome = .failure(error)
        }
        await api.close()
        try outcome.get()
    }
}
