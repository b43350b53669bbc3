import LightsailAPI
import SloopModel
import SloopProvisioner

extension CallTable {
    mutating func addRotationCalls() {
        add(SloopAPI.PrepareKeyRotation.self) { caller, input in
            let name = try input.keyPairName.required("keyPairName")
            let offer = try await caller.rotations.offer(keyPair: name)
            return .init(
                rotationId: offer.rotation.id.value, newFingerprint: offer.rotation.newFingerprint,
                newPublicKey: offer.rotation.newPublicKey, privateKey: offer.privateKey)
        }
        add(SloopAPI.RotateKeyPair.self) { caller, input in
            let name = input.keyPairName
            let only = input.instanceNames
            if input.dryRun == true {
                return .init(rotation: .init(dryRun: try await caller.rotations.dryRun(keyPair: name, instances: only)))
            }
            if let id = input.rotationId {
                let view = try await caller.rotations.start(offer: RotationID(id), keyPair: name, instances: only)
                return .init(rotation: .init(view))
            }
            guard let line = input.publicKeyBase64 else {
                throw SloopError(
                    .invalidInput, "the rotation of '\(name)' has no new key",
                    tip:
                        "call PrepareKeyRotation, save its private key and pass its rotationId; or pass publicKeyBase64"
                )
            }
            return .init(
                rotation: .init(try await caller.rotations.start(keyPair: name, publicKey: line, instances: only)))
        }
        add(SloopAPI.RotateAccessKey.self) { caller, input in
            let only = input.instanceNames
            if input.dryRun == true {
                return .init(rotation: .init(dryRun: try await caller.rotations.dryRun(keyPair: nil, instances: only)))
            }
            return .init(rotation: .init(try await caller.rotations.startAccess(instances: only)))
        }
        add(SloopAPI.GetKeyRotation.self, mayWait: true) { caller, input in
            let view = try await caller.rotations.wait(
                RotationID(input.rotationId), changedAfter: input.changedAfter, upTo: patience(input.waitSeconds))
            return .init(rotation: .init(view))
        }
        add(SloopAPI.ListKeyRotations.self) { caller, input in
            .init(rotations: try await caller.rotations.list(openOnly: input.onlyPending ?? false).map { .init($0) })
        }
    }
}

/// How long a call may wait: what the client asks, at most half a minute.
func patience(_ seconds: Int?) -> Duration { .seconds(min(max(seconds ?? 0, 0), 30)) }

extension SloopAPI.RotationDetails {
    init(_ view: RotationService.View) {
        let rotation = view.rotation
        self.init(
            id: rotation.id.value, keyPair: rotation.keyPair, status: rotation.status.rawValue,
            newFingerprint: rotation.newFingerprint, createdAt: rotation.createdAt,
            targets: view.targets.map { target in
                .init(
                    instance: target.instanceName, oldFingerprint: target.oldFingerprint,
                    newFingerprint: rotation.newFingerprint, proven: target.status == .proven || target.status == .done,
                    proof: target.proof?.rawValue, oldRefused: target.oldRefused, status: target.status.rawValue,
                    reason: target.reason, changedAt: target.changedAt)
            })
    }

    init(dryRun view: RotationService.View) {
        self.init(
            keyPair: view.rotation.keyPair, status: "dry-run", createdAt: view.rotation.createdAt,
            targets: view.targets.map { target in
                .init(
                    instance: target.instanceName, oldFingerprint: target.oldFingerprint, proven: false,
                    oldRefused: false, status: target.reason == nil ? "would rotate" : "would wait",
                    reason: target.reason)
            })
    }
}
