import ArgumentParser
import LightsailAPI

struct InstanceRerun: Verb {
    static let configuration = CommandConfiguration(
        commandName: "rerun", abstract: "Runs the launch script of an instance again, and waits until it has ended.")

    @OptionGroup var instance: InstanceName

    @Option(help: ArgumentHelp("Another script in its place.", valueName: "file"))
    var script: String?

    @OptionGroup var wait: WaitOption
    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let input = SloopAPI.RerunLaunchScript.Input(
            instanceName: instance.name, script: try script.map(LaunchScriptFile.read))
        let started = try await api.call(SloopAPI.RerunLaunchScript.self, input)
        if wait.noWait {
            return try connection.show(started) { _ in "the launch script of \(instance.name) runs as \(started.runId)"
            }
        }
        let output = QuotedOutput(isQuiet: connection.isJSON)
        let launch = try await LaunchLog(api: api, instance: instance.name, run: started.runId).follow(output.write)
        output.end()
        try connection.show(launch) {
            "the launch script of \(instance.name) \($0.state(launch.summary, launch.status))"
        }
        try launch.check(of: instance.name)
    }
}
