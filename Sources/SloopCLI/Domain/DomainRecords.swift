import ArgumentParser
import LightsailAPI

/// The record that a verb works on.
struct RecordArguments: ParsableArguments {
    @OptionGroup var domain: DomainArgument

    @Argument(
        help: ArgumentHelp("The record's name: www, www.example.com, or @ for the domain itself.", valueName: "record"))
    var record: String

    @Argument(help: "A, AAAA, CNAME, MX, NS, SRV or TXT.")
    var type: String

    @Argument(help: "What it says: an address, a name, '10 mail.example.com', a text.")
    var target: String

    /// The record, its name in full.
    var shape: Lightsail.DomainEntry {
        let whole = record == domain.name || record.hasSuffix("." + domain.name) || record.hasSuffix(".")
        let name = record == "@" ? domain.name : whole ? record : "\(record).\(domain.name)"
        return .init(name: name, target: target, type: type)
    }
}

struct DomainAdd: Verb {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "Adds a record to a domain.")

    @OptionGroup var entry: RecordArguments
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let input = Lightsail.CreateDomainEntry.Input(domainName: entry.domain.name, domainEntry: entry.shape)
        let done = try await api.call(Lightsail.CreateDomainEntry.self, input).operation
        try connection.show(done) { _ in "\(entry.shape.name ?? "") has the record \(entry.type) \(entry.target)" }
    }
}

struct DomainRemove: Verb {
    static let configuration = CommandConfiguration(commandName: "remove", abstract: "Takes a record from a domain.")

    @OptionGroup var entry: RecordArguments
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let input = Lightsail.DeleteDomainEntry.Input(domainName: entry.domain.name, domainEntry: entry.shape)
        let done = try await api.call(Lightsail.DeleteDomainEntry.self, input).operation
        try connection.show(done) { _ in
            "\(entry.shape.name ?? "") has the record \(entry.type) \(entry.target) no more"
        }
    }
}
