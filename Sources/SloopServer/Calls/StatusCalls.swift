import Foundation
import LightsailAPI
import SloopProvisioner

extension CallTable {
    mutating func addStatusCalls(_ status: ServerStatus) {
        let engine = provisioner.engineName
        add(SloopAPI.GetSloopStatus.self) { caller, _ in
            let counts = try await caller.operations.counts()
            return .init(
                version: status.version, engine: engine, installation: status.installation,
                statePath: status.statePath, processId: Int(getpid()),
                instances: try await caller.instances.list().count, unfinishedOperations: counts.unfinished,
                stuckOperations: counts.stuck)
        }
    }
}
