import Foundation

/// The rule for files with private keys that users give: not everybody may read them.
package enum PrivateKeyFile {
    /// Throws `invalidInput` if everybody can read or change the file. A group may read it, as Debian's `ssl-cert` does.
    package static func check(_ path: String) throws {
        var about = stat()
        guard stat(path, &about) == 0, about.st_mode & 0o027 != 0 else { return }
        throw SloopError(
            .invalidInput,
            "others can read or change the private key \(path) (mode \(String(about.st_mode & 0o777, radix: 8)))",
            tip: "chmod 600 \(path); if somebody did read it, make a new one")
    }
}
