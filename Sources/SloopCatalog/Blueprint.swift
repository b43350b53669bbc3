/// What an instance is made of: an operating system, or an application on one.
package struct Blueprint: Hashable, Sendable {
    /// Lightsail's two types: a bare operating system, or an application on one.
    package enum Kind: String, Sendable, CaseIterable { case os, app }

    /// Its folder's name, e.g. `debian-12`.
    package let id: String
    /// For people, e.g. `Debian 12`.
    package let name: String
    /// Whether it is an operating system or an application.
    package let kind: Kind
    /// The maker's own, e.g. `24.04`; not compared.
    package let version: String
    /// One sentence for people.
    package let description: String
    /// The user that people log in as.
    package let username: String
    /// Whether it needs a machine with its own root and init, which not every engine makes.
    package let requiresMachine: Bool
    /// The TCP ports that are open at first.
    package let ports: [Int]
    /// Lightsail's ids that find it too, e.g. `debian_12`; unique among all ids and aliases.
    package let aliases: [String]
    /// The text of its service script, e.g. `service.sh`, which the machine runs at every start; nil if it has none.
    package let service: String?

    /// Lightsail's word for Linux.
    package var platform: String { "LINUX_UNIX" }
}
