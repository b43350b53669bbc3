import ArgumentParser
import SloopCLI
import SloopConsole
import SloopProvisioner

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Says what this computer lacks for the engines, and how to mend it.",
        discussion: """
            Needs no server, and changes nothing. Exit code 0 if at least one engine is usable, and the DNS server if one is \
            named.
            """)

    @Option(help: ArgumentHelp("Also ask the API of this PowerDNS.", valueName: "url"))
    var dns: String?
    @Option(help: ArgumentHelp("The file with the key of that API.", valueName: "file"))
    var dnsKeyFile: String?
    @Option(name: .shortAndLong, help: "table for people, json for programs.")
    var output: OutputFormat = .table

    func validate() throws {
        guard (dns == nil) == (dnsKeyFile == nil) else {
            throw ValidationError("--dns and --dns-key-file belong together.")
        }
    }

    func run() async throws {
        var report = DoctorReport(await Doctor.examine())
        report.console = TerminalLibrary().health
        if let dns, let dnsKeyFile {
            report.dns = await Doctor.examine(
                DNSChoice(url: dns, keyFile: dnsKeyFile, nameServers: ["any.example.com"]))
        }
        try report.show(as: output)
        if !report.isUsable { throw ExitCode(1) }
    }
}
