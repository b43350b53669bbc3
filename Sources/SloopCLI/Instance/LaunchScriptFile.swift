import Foundation
import SloopModel

/// A launch script, read from a file of the caller's.
///
/// What is refused here the server would refuse too; here it is said with the file's name, and nothing is sent.
enum LaunchScriptFile {
    /// Lightsail's limit for user data, in bytes.
    static let limit = 16_384

    static func read(_ argument: String) throws -> String {
        let data = try InputFile.read(argument, what: "launch script", limit: limit)
        guard !data.isEmpty else { throw bad(argument, "is empty", "give a script with at least one command") }
        guard !data.contains(0), let script = String(validating: data, as: UTF8.self) else {
            throw bad(argument, "is binary", "give a text file; a program can be downloaded by the script")
        }
        guard script.contains(where: { !$0.isWhitespace }) else {
            throw bad(argument, "is blank", "give a script with at least one command")
        }
        return script
    }

    private static func bad(_ argument: String, _ what: String, _ tip: String) -> SloopError {
        SloopError(.invalidInput, "the launch script '\(argument)' \(what)", tip: tip)
    }
}
