import ArgumentParser
import LightsailAPI

struct StatusCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows how 'sloop serve' is doing.")

    @OptionGroup var connection: ConnectionOptions

    func perform(_ api: APIClient) async throws {
        let status = try await api.call(SloopAPI.GetSloopStatus.self, .init())
        try connection.show(status) { style in
            var fields = FieldList()
            fields.add("version", status.version)
            fields.add("engine", status.engine)
            fields.add("installation", status.installation)
            fields.add("state", status.statePath)
            fields.add("socket", connection.path)
            fields.add("process", "\(status.processId)")
            fields.add("instances", "\(status.instances)")
            fields.add("operations", "\(status.unfinishedOperations) at work, \(status.stuckOperations) stuck")
            if !status.unclaimed.isEmpty {
                let lines = ["\(status.unclaimed.count) of ours, never recorded here and left alone:"]
                fields.add("unclaimed", (lines + status.unclaimed).joined(separator: "\n"))
            }
            let warm = status.warm.map { "\($0.ready) of \($0.wanted) of \($0.blueprint) \($0.plan)" }
            if !warm.isEmpty { fields.add("ready", warm.joined(separator: "\n")) }
            return fields.text(style)
        }
    }
}
