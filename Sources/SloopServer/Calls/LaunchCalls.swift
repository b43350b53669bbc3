import Foundation
import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addLaunchCalls(_ provisioner: Provisioner) {
        let launches = provisioner.launches

        add(SloopAPI.GetLaunchLog.self, mayWait: true) { input in
            let offset = input.offset ?? 0
            let piece = try await launches.log(
                of: input.instanceName, run: input.runId.map { LaunchID($0) }, from: offset,
                upTo: patience(input.waitSeconds))
            return .init(
                runId: piece.run.id.value, offset: offset, nextOffset: offset + piece.data.count,
                dataBase64: piece.data.base64EncodedString(), launch: .init(piece.run))
        }
        add(SloopAPI.RerunLaunchScript.self) { input in
            let (run, operation) = try await launches.rerun(input.instanceName, script: input.script)
            return .init(runId: run.id.value, operationId: operation.id.value)
        }
    }
}
