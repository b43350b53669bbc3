import Foundation
import LightsailAPI
import SloopModel

/// The output of one run of a launch script.
struct LaunchLog {
    let api: APIClient
    let instance: String
    /// Nil for the newest run.
    var run: String?

    /// Hands on what there is now, and returns the state of the run.
    func read(_ show: (Data) -> Void) async throws -> SloopAPI.LaunchDetails {
        try await pages(waitSeconds: 0, show)
    }

    /// Hands on the output as it comes until the script has ended, and returns how it ended.
    func follow(_ show: (Data) -> Void) async throws -> SloopAPI.LaunchDetails {
        try await pages(waitSeconds: APIClient.holdSeconds, show)
    }

    private func pages(waitSeconds: Int, _ show: (Data) -> Void) async throws -> SloopAPI.LaunchDetails {
        var run = run
        var offset = 0
        while true {
            let page = try await api.patientCall(
                SloopAPI.GetLaunchLog.self,
                .init(instanceName: instance, runId: run, offset: offset, waitSeconds: waitSeconds),
                waiting: waitSeconds)
            // A run that begins meanwhile is another log.
            run = page.runId
            guard let data = Data(base64Encoded: page.dataBase64) else {
                throw SloopError(.unexpected, "the log of '\(instance)' came in no form of sloop's")
            }
            if !data.isEmpty { show(data) }
            offset = page.nextOffset
            if data.isEmpty, waitSeconds == 0 || page.launch.isOver { return page.launch }
        }
    }
}
