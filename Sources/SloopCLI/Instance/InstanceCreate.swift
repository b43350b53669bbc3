import ArgumentParser
import LightsailAPI
import SloopModel

struct InstanceCreate: Verb {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Creates an instance and waits until its launch script has ended.",
        discussion: "Exit code 0 says that the instance runs, accepts logins, and that its launch script ended well.")

    @OptionGroup var instance: InstanceName

    @Option(help: "What to make it from; see 'sloop blueprint list'.")
    var blueprint: String

    @Option(help: "Its size and price; see 'sloop plan list'.")
    var plan: String

    @Option(help: "The key pair that may log in; see 'sloop key list'.")
    var key: String?

    @Option(help: ArgumentHelp("A launch script, run once at the first boot.", valueName: "file"))
    var script: String?

    @Option(name: .customLong("tag"), parsing: .singleValue, help: ArgumentHelp("A tag.", valueName: "key=value"))
    var tags: [Tag] = []

    @OptionGroup var wait: WaitOption
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let input = Lightsail.CreateInstances.Input(
            instanceNames: [instance.name], availabilityZone: "any", blueprintId: blueprint, bundleId: plan,
            userData: try script.map(LaunchScriptFile.read), keyPairName: key,
            tags: tags.isEmpty ? nil : tags.map(\.shape))
        let started = try await api.call(Lightsail.CreateInstances.self, input).operations
        let id = try await api.operationID(started, of: instance.name)
        if wait.noWait {
            let operation = try await api.operation(id, knownPhase: nil, waitSeconds: 0)
            return try connection.show(operation) { _ in operation.text(done: "\(instance.name) runs") }
        }
        let creation = CreationWatch(api: api, name: instance.name, isQuiet: connection.isJSON)
        let details = try await creation.run(operation: id)
        try connection.show(details) { style in
            "\(style.bold(details.name)) runs at \(details.url ?? details.endpoint) for \(details.monthlyPrice) USD "
                + "a month; log in with 'sloop ssh \(details.name)'"
        }
        try details.launch?.check(of: details.name)
    }
}

/// A tag as an argument: `key=value`, or a key alone.
struct Tag: ExpressibleByArgument {
    var shape: Lightsail.Tag

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let key = parts.first, !key.isEmpty else { return nil }
        shape = Lightsail.Tag(key: key, value: parts.count > 1 ? parts[1] : nil)
    }
}

extension SloopAPI.LaunchDetails {
    /// Throws if the script has not ended well.
    func check(of instance: String) throws {
        guard isOver, status != "succeeded" else { return }
        let how = status == "failed" ? "failed\(exitCode.map { " with exit code \($0)" } ?? "")" : "was \(status)"
        throw CommandFailure(
            .launchFailed,
            SloopError(
                .operationFailed, "the launch script of '\(instance)' \(how)",
                tip: "read 'sloop instance logs \(instance)', then 'sloop instance rerun \(instance)'"))
    }
}
