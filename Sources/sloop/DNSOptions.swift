import ArgumentParser
import SloopProvisioner

/// The options that say which DNS server answers for domains.
struct DNSOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The API of a PowerDNS that serves domains, e.g. http://127.0.0.1:8081.", valueName: "url"))
    var dns: String?
    @Option(help: ArgumentHelp("The file with the key of that API.", valueName: "file"))
    var dnsKeyFile: String?
    @Option(help: ArgumentHelp("A name under which it answers; give each, e.g. ns1.example.com.", valueName: "name"))
    var dnsNameServer: [String] = []

    func validate() throws {
        guard (dns == nil) == (dnsKeyFile == nil), (dns == nil) == dnsNameServer.isEmpty else {
            throw ValidationError("--dns, --dns-key-file and --dns-name-server belong together.")
        }
    }

    /// Nil if none is wanted.
    func choice() -> DNSChoice? {
        guard let dns, let dnsKeyFile else { return nil }
        return DNSChoice(url: dns, keyFile: dnsKeyFile, nameServers: dnsNameServer)
    }
}
