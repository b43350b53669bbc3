package import Foundation

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
    /// Whether the machine has a kernel of its own, which an engine needs the processor's help for.
    package let isVirtualMachine: Bool
    /// The TCP ports that are open at first.
    package let ports: [Int]
    /// Lightsail's ids that find it too, e.g. `debian_12`; unique among all ids and aliases.
    package let aliases: [String]
    /// More ids that find it, which whoever runs the server gave it.
    package internal(set) var addedAliases: [String] = []
    /// The text of its service script, e.g. `service.sh`, which the machine runs at every start; nil if it has none.
    package let service: String?
    /// How its image comes to be, on an engine that has images; nil if it has none.
    package let image: Image?

    /// What a blueprint's image is made of. The files are in the blueprint's folder.
    package struct Image: Hashable, Sendable {
        package enum Source: Hashable, Sendable {
            /// A program that makes a root file system; it is run on the server's computer, with its arguments.
            case script(path: String, arguments: [String])
            /// A script that root runs in a machine of another blueprint.
            case bake(base: String, script: String)
            /// Another blueprint's image as it is.
            case same(as: String)
        }

        package let source: Source
        /// The script that each machine runs once, at its first start; nil for none.
        package let firstBoot: String?
        /// The blueprint's.
        package let folder: URL
        /// Changes with everything that the image is made of, but for its base.
        package let digest: String
    }

    /// All ids that find it.
    var ids: [String] { [id] + aliases + addedAliases }

    /// Whether a text can be an id that a blueprint is found by.
    static func isAlias(_ text: String) -> Bool { text.wholeMatch(of: /[a-z0-9][a-z0-9_.-]*/) != nil }

    /// Lightsail's word for Linux.
    package var platform: String { "LINUX_UNIX" }
}
