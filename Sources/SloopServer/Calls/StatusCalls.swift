import Foundation
import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addStatusCalls(_ status: ServerStatus) {
        let (provisioner, engine) = (provisioner, provisioner.engineName)
        add(SloopAPI.GetSloopStatus.self) { caller, _ in
            let counts = try await caller.operations.counts()
            return .init(
                version: status.version, engine: engine, installation: status.installation,
                statePath: status.statePath, processId: Int(getpid()),
                instances: try await caller.instances.list().count, unfinishedOperations: counts.unfinished,
                stuckOperations: counts.stuck,
                unclaimed: await provisioner.unclaimed().map { "\($0.kind.rawValue) \($0.id)" },
                warm: try await provisioner.warmStock().map {
                    .init(blueprint: $0.kind.blueprint, plan: $0.kind.plan, wanted: $0.kind.count, ready: $0.ready)
                })
        }
        add(SloopAPI.WriteBackup.self) { _, input in
            let backup = try await provisioner.backup(to: input.path)
            return .init(
                path: input.path, bytes: backup.bytes, instances: backup.instances, keyPairs: backup.keyPairs,
                secrets: backup.secrets)
        }
    }
}
