import Foundation
import LightsailAPI
import SloopProvisioner

extension CallTable {
    mutating func addStatusCalls(_ provisioner: Provisioner, _ status: ServerStatus) {
        add(SloopAPI.GetSloopStatus.self) { _ in
            let counts = try await provisioner.operations.counts()
            return .init(
                version: status.version, engine: provisioner.engineName, installation: status.installation,
                statePath: status.statePath, processId: Int(getpid()),
                instances: try await provisioner.instances.list().count, unfinishedOperations: counts.unfinished,
                stuckOperations: counts.stuck)
        }
    }
}
