import Foundation
import Testing

/// Somebody outside of this computer, as far as its kernel can tell: a network of its own with two addresses, which comes in
/// by a link of its own. He has to have root's rights to be made.
struct Outsider {
    let addresses: [String]
    private let name: String

    /// Takes an eighth of 198.18.0.0/15, which is for tests alone.
    init() throws {
        let number = Int.random(in: 0..<16384)
        let net = "198.\(18 + number / 8192).\(number / 32 % 256)"
        let base = number % 32 * 8
        name = "sl\(UUID().uuidString.prefix(8).lowercased())"
        addresses = ["\(net).\(base + 2)", "\(net).\(base + 3)"]
        let commands =
            [
                "netns add \(name)", "link add \(name)h type veth peer name \(name)p netns \(name)",
                "addr add \(net).\(base + 1)/29 dev \(name)h", "link set \(name)h up",
            ] + addresses.map { "-n \(name) addr add \($0)/29 dev \(name)p" } + [
                "-n \(name) link set \(name)p up", "-n \(name) route add default via \(net).\(base + 1)",
            ]
        for command in commands {
            let words = command.split(separator: " ").map(String.init)
            try #require(try SloopEngineTests.run(["ip"] + words).code == 0, "ip \(command)")
        }
    }

    /// What the program says that he runs.
    func run(_ words: String...) throws -> Run { try SloopEngineTests.run(["ip", "netns", "exec", name] + words) }

    func leave() throws { _ = try SloopEngineTests.run(["ip", "netns", "delete", name]) }
}
