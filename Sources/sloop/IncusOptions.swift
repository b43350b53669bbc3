import ArgumentParser
import SloopProvisioner

/// The options that say which Incus makes the machines.
struct IncusOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "An Incus elsewhere, whose machines' addresses are reached from here (default: the one of this computer).",
            valueName: "https://host:port"))
    var incus: String?
    @Option(help: ArgumentHelp("A certificate that it trusts, in PEM.", valueName: "file"))
    var incusCert: String?
    @Option(help: ArgumentHelp("That certificate's private key, in PEM.", valueName: "file"))
    var incusKey: String?
    @Option(help: ArgumentHelp("The certificate that it shows: its server.crt.", valueName: "file"))
    var incusServerCert: String?
    @Flag(help: "Let machines that are made from now on reach each other, of whichever account.")
    var incusOpenNetwork = false

    func validate() throws {
        let files = [incusCert, incusKey, incusServerCert]
        guard files.allSatisfy({ ($0 == nil) == (incus == nil) }) else {
            throw ValidationError("--incus, --incus-cert, --incus-key and --incus-server-cert belong together.")
        }
    }

    var choice: Assembly.IncusChoice {
        var choice = Assembly.IncusChoice()
        choice.url = incus
        choice.certificate = incusCert ?? ""
        choice.key = incusKey ?? ""
        choice.serverCertificate = incusServerCert ?? ""
        choice.isNetworkOpen = incusOpenNetwork
        return choice
    }
}
