import ArgumentParser
import Foundation
import Logging
import SloopCLI
import SloopProvisioner
import SloopServer

extension Assembly.EngineChoice: ExpressibleByArgument {}

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the server, until SIGTERM or Ctrl-C.",
        discussion:
            "Prints one line when it is ready. A server that was killed goes on where it was when started again.")

    @Option(
        help: "The folder that holds all of its state (default: /var/lib/sloop for root, else ~/.local/state/sloop).")
    var state: String?
    @Option(help: "What makes the machines: local, incus or auto.")
    var engine: Assembly.EngineChoice = .auto
    @Option(help: "The Unix socket to serve (default: sloop.sock in the state folder).")
    var socket: String?
    @Option(help: "The folder with plans.json and blueprints/ (default: the one that came with this program).")
    var catalog: String?
    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel: LogLevel = .notice

    func run() async throws {
        // A reader of our output that goes away must not take the server with it.
        signal(SIGPIPE, SIG_IGN)
        // Hundreds of machines are talked to at once.
        var files = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files) == 0 {
            files.rlim_cur = files.rlim_max
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
        }
        var logger = Logger(label: "sloop") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = Logger.Level(rawValue: logLevel.rawValue) ?? .notice
        let home = state.map { URL(filePath: $0) } ?? URL(filePath: SocketPath.standardState())
        let folder = home.absoluteURL.standardizedFileURL
        let serve = Serve(
            state: folder, engine: engine,
            socket: socket ?? folder.appending(path: "sloop.sock").path,
            catalog: catalog.map { URL(filePath: $0) }, version: Sloop.version)
        try await serve.run(logger: logger) { FileHandle.standardOutput.write(Data(($0 + "\n").utf8)) }
    }
}

/// swift-log's levels, as an argument.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
}
