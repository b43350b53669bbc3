/// Lightsail's rule for names of resources.
package enum ResourceName {
    /// Throws `invalidInput` unless the name is 2 to 255 ASCII letters, digits, `.`, `-`, `_`
    /// that begin and end with a letter or digit.
    package static func check(_ name: String) throws {
        let bytes = Array(name.utf8)
        let isPlain = bytes.allSatisfy { isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }
        guard (2...255).contains(bytes.count), isPlain, isAlphanumeric(bytes[0]), isAlphanumeric(bytes[bytes.count - 1])
        else {
            throw SloopError(
                .invalidInput,
                "\(printable(name)) is not a valid resource name. Resource names must be at least 2 characters long "
                    + "and contain only alphanumerics, -, _, and .",
                tip: "use 2 to 255 letters, digits, '.', '-' or '_', with a letter or digit at both ends")
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func printable(_ name: String) -> String {
        let shown = name.unicodeScalars.prefix(80).map { $0.value < 0x20 || $0.value == 0x7F ? "?" : String($0) }
            .joined()
        return "'\(shown)\(name.unicodeScalars.count > 80 ? "…" : "")'"
    }
}
