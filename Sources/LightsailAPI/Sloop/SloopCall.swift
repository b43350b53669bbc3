/// A call of Sloop's own, for what Lightsail has no words for. Same wire, same errors, another prefix.
package protocol SloopCall: LightsailOperation {}

extension SloopCall {
    package static var target: String { "\(SloopAPI.targetPrefix).\(name)" }
}

/// Sloop's own calls and their shapes.
package enum SloopAPI {
    /// What comes before the call's name in `X-Amz-Target`.
    package static let targetPrefix = "Sloop_20261123"

    /// Every call, by name.
    package static let allCalls: [any SloopCall.Type] = [
        BuildImage.self,
        CreateAPIAccessKey.self,
        CreateConsoleLink.self,
        DeleteAPIAccessKey.self,
        DeleteImage.self,
        EndConsoleSessions.self,
        GetCatalog.self,
        GetCostTable.self,
        GetInstanceConsole.self,
        GetInstanceDetails.self,
        GetInstanceSecrets.self,
        GetKeyRotation.self,
        GetLaunchLog.self,
        GetMonthlyCost.self,
        GetSloopStatus.self,
        ListAPIAccessKeys.self,
        ListImages.self,
        ListInstanceDetails.self,
        ListKeyRotations.self,
        ListOperations.self,
        PrepareKeyRotation.self,
        RerunLaunchScript.self,
        RotateAccessKey.self,
        RotateKeyPair.self,
        SetAPIAccessKeyStatus.self,
        WaitForOperation.self,
        WriteBackup.self,
    ]
}
