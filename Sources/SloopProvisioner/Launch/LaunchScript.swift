import SloopModel

/// The text of a launch script, checked before anything is done with it.
package struct LaunchScript: Sendable {
    /// Bytes; the limit of user data on Lightsail.
    package static let limit = 16_384
    package let text: String

    /// Throws `invalidInput` for what could never run as a script.
    package init(_ text: String) throws {
        let size = text.utf8.count
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw SloopError(
                .invalidInput, "the launch script is empty", tip: "leave it out, or write a command into it")
        }
        guard size <= LaunchScript.limit else {
            throw SloopError(
                .invalidInput, "the launch script has \(size) bytes; the limit is \(LaunchScript.limit)",
                tip: "let the script fetch the rest: curl -fsS URL | sh")
        }
        guard !text.utf8.contains(0) else {
            throw SloopError(
                .invalidInput, "the launch script is a binary file: it has a zero byte",
                tip: "give a text script; let it fetch the program")
        }
        guard !text.utf8.contains(0x0D) else {
            throw SloopError(
                .invalidInput, "the launch script has Windows line endings (CRLF), which no shell can run",
                tip: "convert it: sed -i 's/\\r$//' FILE")
        }
        self.text = text
    }
}
