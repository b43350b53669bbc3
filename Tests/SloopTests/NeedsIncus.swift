import Foundation
import Testing

extension Trait where Self == ConditionTrait {
    /// For tests with real machines of Incus; images are made by root.
    static var needsIncus: Self {
        .enabled(
            if: access("/var/lib/incus/unix.socket", R_OK | W_OK) == 0 && geteuid() == 0,
            "no Incus for Sloop on this machine; set it up as root: scripts/install-incus")
    }
}

/// What Incus has, seen past Sloop.
enum Incus {
    @discardableResult
    static func run(_ words: String...) throws -> Daemon.Run {
        try Daemon.run("/usr/bin/incus", words, [:], in: URL(filePath: "/tmp"))
    }

    /// The instances that carry the installation's id.
    static func machines(of daemon: Daemon) throws -> [String] {
        let id = try installation(daemon)
        return try run("list", "user.sloop.installation=\(id)", "-f", "csv", "-c", "n").out.split(separator: "\n").map(
            String.init)
    }

    /// The public addresses that have a forward of the installation's.
    static func forwards(of daemon: Daemon) throws -> [String] {
        let id = try installation(daemon)
        let text = try run("query", "/1.0/networks/sloopbr0/forwards?recursion=1").out
        let all = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
        return all.compactMap { forward in
            let config = forward["config"] as? [String: String]
            return config?["user.sloop.installation"] == id ? forward["listen_address"] as? String : nil
        }
    }

    /// The ports of our machines from which others are kept out, each with the addresses that are.
    static func restrictions(of daemon: Daemon) throws -> [String: String] {
        let id = try installation(daemon)
        let text = try run("query", "/1.0/network-acls/sloop-\(id)").out
        let acl = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        let rules = acl?["ingress"] as? [[String: String]] ?? []
        return Dictionary(uniqueKeysWithValues: rules.map { ($0["destination_port"] ?? "", $0["source"] ?? "") })
    }

    /// Takes the installation's ACL from the bridge and deletes it, which Sloop itself leaves for the next rule.
    static func removeACL(of daemon: Daemon) throws {
        let name = "sloop-\(try installation(daemon))"
        let all = try run("network", "get", "sloopbr0", "security.acls").out.split(whereSeparator: {
            ",\n".contains($0)
        })
        let rest = all.filter { $0 != name }.joined(separator: ",")
        try run("network", "set", "sloopbr0", "security.acls=\(rest)")
        try run("network", "acl", "delete", name)
    }

    /// The ports of the one forward of the installation's.
    static func openPorts(of daemon: Daemon) throws -> String {
        let address = try #require(try forwards(of: daemon).first)
        let text = try run("query", "/1.0/networks/sloopbr0/forwards/\(address)").out
        let forward = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        return (forward?["ports"] as? [[String: String]] ?? []).compactMap { $0["listen_port"] }.joined(separator: " ")
    }

    private static func installation(_ daemon: Daemon) throws -> String {
        try #require(try daemon.json("status")["installation"] as? String)
    }

    /// The body of the page, once it is answered by 200.
    static func page(_ url: String, within seconds: Double = 30) throws -> String {
        let end = Date().addingTimeInterval(seconds)
        while true {
            let got = try Daemon.run(
                "/usr/bin/curl", ["-sSLf", "--max-time", "10", url], [:], in: URL(filePath: "/tmp"))
            if got.code == 0 { return got.out }
            try #require(Date() < end, "\(url) does not answer: \(got.error)")
            usleep(50_000)
        }
    }
}
