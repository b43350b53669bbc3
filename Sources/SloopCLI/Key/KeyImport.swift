import ArgumentParser
import LightsailAPI

struct KeyImport: Verb {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Takes a public key of yours as a key pair.")

    @OptionGroup var key: KeyName

    @Option(help: ArgumentHelp("The public key, as in ~/.ssh/id_ed25519.pub.", valueName: "file"))
    var file: String

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let line = try PublicKeyFile.read(file)
        _ = try await api.call(Lightsail.ImportKeyPair.self, .init(keyPairName: key.name, publicKeyBase64: line))
        let pair = try await api.keyPair(key.name)
        let document = NewKeyDocument(name: key.name, fingerprint: pair.fingerprint, publicKey: line)
        try connection.show(document) { _ in "key pair \(key.name) is imported: \(pair.fingerprint ?? "")" }
    }
}
