import ArgumentParser
import CMalloc
import Foundation
import Logging
import SloopCLI
import SloopModel
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
    @OptionGroup(title: "Incus") var incus: IncusOptions
    @Option(help: "The Unix socket to serve (default: sloop.sock in the state folder).")
    var socket: String?
    @Option(help: "The folder with plans.json and blueprints/ (default: the one that came with this program).")
    var catalog: String?
    @Option(
        help: ArgumentHelp(
            "Another id that finds a blueprint, e.g. amazon_linux_2=debian-12; may be given again.",
            valueName: "id=blueprint"))
    var blueprintAlias: [String] = []
    @Option(
        help: ArgumentHelp(
            "Also take signed calls of Lightsail's clients here, e.g. 127.0.0.1:8080.", valueName: "address:port"))
    var listen: String?
    @Option(
        help: ArgumentHelp("The certificate for --listen and those that lead to its root, in PEM.", valueName: "file"))
    var tlsCert: String?
    @Option(help: ArgumentHelp("The certificate's private key, in PEM.", valueName: "file"))
    var tlsKey: String?
    @Flag(help: "Listen without TLS at an address that others can reach.")
    var insecureListen = false
    @Option(
        help: "A region that clients may sign for; several with commas between, or given again (default: us-east-1).")
    var region: [String] = []
    @Option(help: "Seconds that the headers of a request may take, and then its body.")
    var requestTimeout: Int = 20
    @Option(
        help: ArgumentHelp(
            "What sends notices of alarms: it gets one line of JSON on its input.", valueName: "program"))
    var notify: String?
    @OptionGroup(title: "Domains") var dns: DNSOptions
    @Option(
        help: ArgumentHelp(
            "Keep so many machines ready, not billed: an instance of that blueprint and plan is there at once. May be given again.",
            valueName: "blueprint:plan=number"))
    var warm: [String] = []
    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel: LogLevel = .notice

    func run() async throws {
        // A reader of our output that goes away must not take the server with it.
        signal(SIGPIPE, SIG_IGN)
        // An answer may take megabytes once: they go back to the system, and are not kept by each thread for its next one.
        for (option, value) in [(M_ARENA_MAX, 2), (M_MMAP_THRESHOLD, 256 << 10), (M_TRIM_THRESHOLD, 256 << 10)] {
            mallopt(option, CInt(value))
        }
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
        var serve = Serve(
            state: folder, engine: engine,
            socket: socket ?? folder.appending(path: "sloop.sock").path,
            catalog: catalog.map { URL(filePath: $0) }, version: Sloop.version)
        serve.notify = notify
        serve.dns = dns.choice()
        serve.aliases = blueprintAlias
        serve.incus = incus.choice
        serve.warm = try warm.map { try WarmKind(parsing: $0) }
        serve.listener = try listener()
        if !region.isEmpty { serve.regions = try regions() }
        serve.limits.patience = .seconds(requestTimeout)
        try await serve.run(logger: logger) { FileHandle.standardOutput.write(Data(($0 + "\n").utf8)) }
    }
}

extension ServeCommand {
    func validate() throws {
        guard (tlsCert == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-cert and --tls-key belong together.")
        }
        guard listen != nil || (tlsCert == nil && !insecureListen) else {
            throw ValidationError("--tls-cert, --tls-key and --insecure-listen are for --listen.")
        }
        guard engine != .local || incus.incus == nil else {
            throw ValidationError("--incus is for --engine incus.")
        }
        guard (1...3600).contains(requestTimeout) else {
            throw ValidationError("--request-timeout takes 1 to 3600 seconds.")
        }
    }

    private func listener() throws -> Serve.Listener? {
        guard let listen else { return nil }
        let address = try ListenAddress(parsing: listen)
        let certificate =
            if let tlsCert, let tlsKey { try ServerCertificate(certificate: tlsCert, key: tlsKey) } else {
                ServerCertificate?.none
            }
        return try Serve.Listener(address, certificate: certificate, isOpenWanted: insecureListen)
    }

    private func regions() throws -> [String] {
        try region.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }.map { name in
            let isPlain = name.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
            }
            guard (1...32).contains(name.utf8.count), isPlain else {
                throw SloopError(
                    .invalidInput, "'\(name.prefix(40))' is not the name of a region",
                    tip: "use lower-case letters, digits and '-': --region us-east-1")
            }
            return String(name)
        }
    }
}

/// swift-log's levels, as an argument.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
}
