import Foundation
import SloopEngine
import SloopModel

/// Which DNS server answers for the users' domains.
package struct DNSChoice: Sendable {
    /// Where the API of a PowerDNS is, e.g. `http://127.0.0.1:8081`.
    package var url: String
    /// The file with the key that it wants.
    package var keyFile: String
    /// The names under which it answers.
    package var nameServers: [String]

    package init(url: String, keyFile: String, nameServers: [String]) {
        self.url = url
        self.keyFile = keyFile
        self.nameServers = nameServers
    }

    /// Throws `invalidInput` that names what cannot be used; nothing is asked of the server.
    func server(installation: String, patience: Duration = .seconds(5)) throws -> PowerDNS {
        guard let parts = URLComponents(string: url), let address = parts.url, let host = parts.host, !host.isEmpty,
            ["http", "https"].contains(parts.scheme), ["", "/"].contains(parts.path), parts.query == nil,
            parts.user == nil, parts.fragment == nil
        else {
            throw SloopError(
                .invalidInput, "'\(url.prefix(200))' is no address of a DNS server's API",
                tip: "write it as http://127.0.0.1:8081")
        }
        let names = try nameServers.map { name in
            guard let host = DomainName.host(name) else {
                throw SloopError(
                    .invalidInput, "'\(name.prefix(80))' is no name of a name server",
                    tip: "write it like ns1.example.com")
            }
            return host
        }
        guard !names.isEmpty, Set(names).count == names.count else {
            throw SloopError(
                .invalidInput, "the DNS server has no name, or one twice",
                tip: "give each name under which it answers once: --dns-name-server ns1.example.com")
        }
        return PowerDNS(
            url: address, key: try key(), nameServers: names, installation: installation, patience: patience)
    }

    private func key() throws -> String {
        let data = FileManager.default.contents(atPath: keyFile)
        let text = data.map { String(decoding: $0.prefix(4096), as: UTF8.self) }?
            .trimmingCharacters(in: .whitespacesAndNewlines)
        guard let text, !text.isEmpty, text.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }) else {
            throw SloopError(
                .invalidInput, "\(keyFile) holds no key of a DNS server's API",
                tip: "write the value of its 'api-key' into it, in one line, for your eyes only")
        }
        return text
    }
}
