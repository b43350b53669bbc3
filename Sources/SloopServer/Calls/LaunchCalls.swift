import Foundation
import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addLaunchCalls() {
        add(SloopAPI.GetLaunchLog.self, mayWait: true) { caller, input in
            let offset = input.offset ?? 0
            let piece = try await caller.launches.log(
                of: input.instanceName, run: input.runId.map { LaunchID($0) }, from: offset,
                upTo: patience(input.waitSeconds))
            return .init(
                runId: piece.run.id.value, offset: offset, nextOffset: offset + piece.data.count,
                dataBase64: piece.data.base64EncodedString(), launch: .init(piece.run))
        }
        add(SloopAPI.RerunLaunchScript.self) { caller, input in
            let (run, operation) = try await caller.launches.rerun(input.instanceName, script: input.script)
            return .init(runId: run.id.value, operationId: operation.id.value)
        }
    }
}
