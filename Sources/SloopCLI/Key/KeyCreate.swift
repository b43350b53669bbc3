import ArgumentParser
import LightsailAPI
import SloopModel

struct KeyCreate: Verb {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Creates a key pair. Its private key is shown once and never kept.")

    @OptionGroup var key: KeyName

    @Option(help: ArgumentHelp("Write the private key to this new file, mode 0600.", valueName: "file"))
    var save: String?

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        // The file comes first: a private key that cannot be saved would be lost.
        var file = try SecretFile.optional(save)
        let created = try await api.call(Lightsail.CreateKeyPair.self, .init(keyPairName: key.name))
        guard let privateKey = created.privateKeyBase64, let pair = created.keyPair else {
            throw SloopError(.unexpected, "sloop made the key pair '\(key.name)' and did not show its private key")
        }
        try file?.keep(privateKey)
        let document = NewKeyDocument(
            name: key.name, fingerprint: pair.fingerprint, publicKey: created.publicKeyBase64,
            privateKey: save == nil ? privateKey : nil, savedTo: save)
        try connection.show(document) { _ in
            if let save { return "key pair \(key.name) is made; its private key is in \(save)" }
            return privateKey.hasSuffix("\n") ? String(privateKey.dropLast()) : privateKey
        }
        if save == nil, !connection.isJSON {
            Terminal.current.note("this is the only time that the private key of \(key.name) is shown")
        }
    }
}

/// A key that was just made, for programs.
struct NewKeyDocument: Encodable {
    var name: String
    var fingerprint: String?
    var publicKey: String?
    /// Left out if it was saved to a file.
    var privateKey: String?
    var savedTo: String?
}

extension SecretFile {
    static func optional(_ argument: String?) throws -> SecretFile? {
        guard let argument else { return nil }
        return try SecretFile(argument)
    }
}
