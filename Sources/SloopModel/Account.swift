/// Whose a resource is. Accounts do not see each other's resources, and the same name may be used in each.
package struct Account: Hashable, Codable, Sendable, CustomStringConvertible {
    package let name: String

    /// The account of whoever may open the server's socket, and of everything that was made before there were others.
    package static let `default` = Account(known: "default")

    /// Of machines that are kept ready for whoever asks next: nobody can have a name like it.
    package static let warm = Account(known: ".warm")

    /// Takes a name that was checked before.
    package init(known name: String) { self.name = name }

    /// Throws `invalidInput` unless the name is 1 to 64 lower-case ASCII letters, digits or `-`, with a letter or digit
    /// at both ends.
    package init(checking name: String) throws {
        let bytes = Array(name.utf8)
        func isAlphanumeric(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) }
        guard (1...64).contains(bytes.count), bytes.allSatisfy({ isAlphanumeric($0) || $0 == 0x2D }),
            isAlphanumeric(bytes[0]), isAlphanumeric(bytes[bytes.count - 1])
        else {
            throw SloopError(
                .invalidInput, "this is not a valid name of an account",
                tip: "use 1 to 64 lower-case letters, digits or '-', with a letter or digit at both ends")
        }
        self.name = name
    }

    package init(from decoder: any Decoder) throws {
        name = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }

    /// The twelve digits by which ARNs name the account; they follow from its name.
    package var number: String {
        let digits = String(FNV1a(name).value % 1_000_000_000_000)
        return String(repeating: "0", count: 12 - digits.count) + digits
    }

    package var description: String { name }
}
