import ArgumentParser
import LightsailAPI

struct InstanceConsole: Verb {
    static let configuration = CommandConfiguration(
        commandName: "console", abstract: "Prints what an instance wrote to its console since it was started.")

    @OptionGroup var instance: InstanceName
    @Flag(help: "What was written so far, and then end; there is no other way yet.")
    var log = false
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let console = try await api.call(SloopAPI.GetInstanceConsole.self, .init(instanceName: instance.name))
        if connection.isJSON || !console.log.isEmpty {
            try connection.show(console) { _ in
                console.log.hasSuffix("\n") ? String(console.log.dropLast()) : console.log
            }
        } else {
            Terminal.current.note("the console of \(instance.name) is empty")
        }
    }
}
