import Foundation
import Glibc
import SloopModel

/// A folder that only its owner can enter, with all that `ssh` needs for one login. It goes with ``remove()``.
struct AccessFolder {
    let path: String

    init() throws {
        let environment = Terminal.current.environment
        let parent = environment["XDG_RUNTIME_DIR"] ?? environment["TMPDIR"] ?? "/tmp"
        var template = Array("\(parent)/sloop-ssh-XXXXXX".utf8CString)
        // mkdtemp makes it with mode 0700.
        guard mkdtemp(&template) != nil else {
            throw SloopError(
                .operationFailed,
                "no folder can be made in \(parent): \(String(cString: strerror(errno)).lowercased())",
                tip: "set TMPDIR to a folder that you may write")
        }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Writes a file, mode 0600, and returns its path.
    func write(_ name: String, _ text: String) throws -> String {
        let file = "\(path)/\(name)"
        let content = Data((text.hasSuffix("\n") ? text : text + "\n").utf8)
        guard FileManager.default.createFile(atPath: file, contents: content, attributes: [.posixPermissions: 0o600])
        else {
            throw SloopError(.operationFailed, "\(file) cannot be written", tip: "set TMPDIR to a folder with space")
        }
        return file
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
