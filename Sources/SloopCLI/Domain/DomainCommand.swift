import ArgumentParser
import LightsailAPI

struct DomainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "domain", abstract: "DNS zones and their records, on the DNS server of 'sloop serve --dns'.",
        subcommands: [
            DomainCreate.self, DomainList.self, DomainShow.self, DomainAdd.self, DomainRemove.self, DomainDelete.self,
        ])
}

/// The name of the domain that a verb works on.
struct DomainArgument: ParsableArguments {
    @Argument(help: "The domain, e.g. example.com.")
    var name: String
}

struct DomainCreate: Verb {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Serves a domain from now on.")

    @OptionGroup var domain: DomainArgument
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        _ = try await api.call(Lightsail.CreateDomain.self, .init(domainName: domain.name))
        let made = try await api.domain(domain.name)
        try connection.show(made) { _ in
            "\(domain.name) is served; where it is registered, name its servers: \(made.servers.joined(separator: ", "))"
        }
    }
}

struct DomainList: Verb {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the domains.")

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let domains = try await api.pages { token in
            let page = try await api.call(Lightsail.GetDomains.self, .init(pageToken: token))
            return (page.domains, page.nextPageToken)
        }
        try connection.show(domains) { style in
            var table = Table(["NAME", .number("RECORDS"), "SERVERS", .number("AGE")])
            table.rows = domains.map { domain in
                [
                    domain.name ?? "", "\(domain.domainEntries?.count ?? 0)", domain.servers.joined(separator: " "),
                    Time.age(of: domain.createdAt),
                ]
            }
            return table.text(style)
        }
    }
}

struct DomainShow: Verb {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Lists the records of a domain.")

    @OptionGroup var domain: DomainArgument
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let found = try await api.domain(domain.name)
        try connection.show(found) { style in
            var table = Table(["NAME", "TYPE", "TARGET", "ID"])
            table.rows = (found.domainEntries ?? []).map { entry in
                [entry.name ?? "", entry.type ?? "", entry.target ?? "", entry.id ?? ""]
            }
            return table.text(style)
        }
    }
}

struct DomainDelete: Verb {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Serves a domain no more, and forgets its records.")

    @OptionGroup var domain: DomainArgument
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let input = Lightsail.DeleteDomain.Input(domainName: domain.name)
        let done = try await api.call(Lightsail.DeleteDomain.self, input).operation
        try connection.show(done) { _ in "\(domain.name) is deleted" }
    }
}

extension APIClient {
    /// The domain of that name.
    func domain(_ name: String) async throws -> Lightsail.Domain {
        try await call(Lightsail.GetDomain.self, .init(domainName: name)).domain ?? .init(name: name)
    }
}

extension Lightsail.Domain {
    /// The servers that it tells everybody to ask.
    var servers: [String] {
        (domainEntries ?? []).filter { $0.type == "NS" && $0.name == name }.compactMap(\.target)
    }
}
