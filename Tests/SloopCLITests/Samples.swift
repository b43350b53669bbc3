import Foundation
import LightsailAPI

/// Details with plain values, of which a test changes what it is about.
enum Sample {
    static func instance(_ name: String, _ change: (inout SloopAPI.InstanceDetails) -> Void = { _ in })
        -> SloopAPI.InstanceDetails
    {
        var details = SloopAPI.InstanceDetails(
            name: name, id: "id-\(name)", state: "running", blueprint: "sandbox", plan: "nano", bundle: "nano_3_0",
            monthlyPrice: "5.00", publicAddress: "127.77.0.1", port: 2222, username: "sloop", tags: [:],
            hostKey: "ssh-ed25519 AAAAHOST", createdAt: noon - 3 * 3600, runningAt: noon - 3 * 3600 + 0.21,
            reachableAt: noon - 3 * 3600 + 0.5, pendingRotations: [])
        change(&details)
        return details
    }

    static func launch(_ status: String, exitCode: Int? = nil, tail: String? = nil) -> SloopAPI.LaunchDetails {
        let start = noon - 3 * 3600 + 0.6
        return SloopAPI.LaunchDetails(
            runId: "run-1", status: status, exitCode: exitCode, createdAt: start, startedAt: start,
            endedAt: exitCode == nil ? nil : start + 1.25, outputTail: tail)
    }

    static func operation(
        _ status: String, phase: String? = nil, error: String? = nil, kind: String = "create-instance"
    )
        -> SloopAPI.OperationDetails
    {
        SloopAPI.OperationDetails(
            id: "op-1", kind: kind, resourceName: "web", resourceType: "Instance", status: status, phase: phase,
            error: error, createdAt: noon - 3 * 3600, changedAt: noon - 3 * 3600)
    }

    /// What a call of Lightsail's that starts the operation of ``operation(_:phase:error:kind:)`` answers.
    static let started = Lightsail.OperationsResult(operations: [
        Lightsail.OperationRecord(id: "op-1", resourceName: "web", status: "Started")
    ])

    static func log(_ text: String, from offset: Int, _ launch: SloopAPI.LaunchDetails) -> SloopAPI.GetLaunchLog.Output
    {
        .init(
            runId: launch.runId, offset: offset, nextOffset: offset + text.utf8.count,
            dataBase64: Data(text.utf8).base64EncodedString(), launch: launch)
    }
}

extension Sample {
    static func rotation(_ key: String?, _ targets: [SloopAPI.RotationTargetDetails], _ status: String = "started")
        -> SloopAPI.RotationDetails
    {
        .init(
            id: "rot-1", keyPair: key, status: status, newFingerprint: "SHA256:new", createdAt: noon,
            targets: targets)
    }

    static func target(_ instance: String, _ status: String, _ reason: String? = nil)
        -> SloopAPI.RotationTargetDetails
    {
        let isProven = status == "done" || status == "proven"
        return .init(
            instance: instance, oldFingerprint: "SHA256:old", newFingerprint: "SHA256:new", proven: isProven,
            proof: isProven ? "login" : nil, oldRefused: status == "done", status: status, reason: reason,
            changedAt: noon)
    }
}
