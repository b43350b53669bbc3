import ArgumentParser
import LightsailAPI

struct AddressCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "address", abstract: "Static public addresses, which move between instances and outlive them.",
        subcommands: [
            AddressAllocate.self, AddressList.self, AddressAttach.self, AddressDetach.self, AddressRelease.self,
        ])
}

/// The name of the static address that a verb works on.
struct AddressName: ParsableArguments {
    @Argument(help: "The static address's name.")
    var name: String
}

struct AddressAllocate: Verb {
    static let configuration = CommandConfiguration(
        commandName: "allocate", abstract: "Takes a public address that stays yours until you release it.")

    @OptionGroup var address: AddressName
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        _ = try await api.call(Lightsail.AllocateStaticIp.self, .init(staticIpName: address.name))
        let made = try await api.call(Lightsail.GetStaticIp.self, .init(staticIpName: address.name)).staticIp
        try connection.show(made) { _ in
            "\(address.name) is \(made?.ipAddress ?? ""); use it with 'sloop address attach \(address.name) INSTANCE'"
        }
    }
}

struct AddressList: Verb {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the static addresses.")

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let all = try await api.pages { token in
            let page = try await api.call(Lightsail.GetStaticIps.self, .init(pageToken: token))
            return (page.staticIps, page.nextPageToken)
        }
        try connection.show(all) { style in
            var table = Table(["NAME", "ADDRESS", "INSTANCE", .number("AGE")])
            table.rows = all.map { one in
                [one.name ?? "", one.ipAddress ?? "", one.attachedTo ?? "", Time.age(of: one.createdAt)]
            }
            return table.text(style)
        }
    }
}

struct AddressAttach: Verb {
    static let configuration = CommandConfiguration(
        commandName: "attach", abstract: "Reaches an instance by the address, in place of its own.",
        discussion: "If the address is attached to another instance, it moves.")

    @OptionGroup var address: AddressName

    @Argument(help: "The instance's name.")
    var instance: String

    @OptionGroup var wait: WaitOption
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let input = Lightsail.AttachStaticIp.Input(staticIpName: address.name, instanceName: instance)
        let started = try await api.call(Lightsail.AttachStaticIp.self, input).operations
        let operation = try await api.finish(started, of: address.name, wait)
        let now = try await api.call(Lightsail.GetStaticIp.self, .init(staticIpName: address.name)).staticIp
        try connection.show(operation) { _ in
            operation.text(done: "\(instance) is reached at \(now?.ipAddress ?? address.name)")
        }
    }
}

struct AddressDetach: Verb {
    static let configuration = CommandConfiguration(
        commandName: "detach", abstract: "Gives the instance its own address back; the static one stays yours.")

    @OptionGroup var address: AddressName
    @OptionGroup var wait: WaitOption
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let started = try await api.call(Lightsail.DetachStaticIp.self, .init(staticIpName: address.name)).operations
        let operation = try await api.finish(started, of: address.name, wait)
        try connection.show(operation) { _ in operation.text(done: "\(address.name) is detached") }
    }
}

struct AddressRelease: Verb {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Gives the address up; it must not be attached.")

    @OptionGroup var address: AddressName
    @OptionGroup var wait: WaitOption
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let started = try await api.call(Lightsail.ReleaseStaticIp.self, .init(staticIpName: address.name)).operations
        let operation = try await api.finish(started, of: address.name, wait)
        try connection.show(operation) { _ in operation.text(done: "\(address.name) is released") }
    }
}
