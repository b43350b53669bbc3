/// What an instance is made of: an operating system, or an application on one.
package struct Blueprint: Hashable, Sendable {
    package enum Kind: String, Sendable, CaseIterable { case os, app }

    package let id: String
    package let name: String
    package let kind: Kind
    package let version: String
    package let description: String
    /// The user that people log in as.
    package let username: String
    /// Whether it needs a machine with its own root and init, which not every engine makes.
    package let requiresMachine: Bool
    /// The TCP ports that are open at first.
    package let ports: [Int]
    /// Lightsail's ids that find it too.
    package let aliases: [String]
    /// The text of `service.sh`, which the machine runs at every start; nil if it has none.
    package let service: String?

    /// Lightsail's word for Linux.
    package var platform: String { "LINUX_UNIX" }
}
