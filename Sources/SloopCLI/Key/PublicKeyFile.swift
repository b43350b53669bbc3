import Foundation
import SloopModel

/// A public key, read from a file of the caller's.
enum PublicKeyFile {
    /// One line in OpenSSH's form. Whether it is a good key the server decides; a private key does not even get there.
    static func read(_ argument: String) throws -> String {
        let data = try InputFile.read(argument, what: "public key", limit: 16_384)
        guard let text = String(validating: data, as: UTF8.self), !data.contains(0) else {
            throw SloopError(
                .invalidInput, "'\(argument)' is no public key", tip: "give a file like ~/.ssh/id_ed25519.pub")
        }
        if text.contains("PRIVATE KEY-----") {
            throw SloopError(
                .invalidInput, "'\(argument)' is a private key, and was not sent",
                tip: "give its public half; 'ssh-keygen -y -f \(argument)' prints it")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
