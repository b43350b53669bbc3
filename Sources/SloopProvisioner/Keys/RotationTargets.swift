import Foundation
import SloopModel
import SloopSaga
import SloopStore

extension Tables {
    /// The named instances, each of which must have the pair; or all that have it. `keyPair` nil is Sloop's own key.
    func chosen(_ names: [String]?, with keyPair: String?) throws -> [Instance] {
        let all = try keyPair.map { try instances(with: $0) } ?? instances()
        guard let names else { return all }
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw SloopError(
                .invalidInput, "the instance '\(twice)' is given twice", tip: "give each instance once")
        }
        return try names.map { name in
            let instance = try instance(named: name)
            guard keyPair == nil || instance.keyPair == keyPair else {
                throw SloopError(
                    .invalidInput, "the instance '\(name)' does not use the key pair '\(keyPair ?? "")'",
                    tip: "see which it uses: sloop instance show \(name)")
            }
            return instance
        }
    }

    /// What a rotation has to do on the machine; nil if it has that key and no other already.
    func newTarget(of rotation: KeyRotation, _ instance: Instance, at time: Date) throws -> RotationTarget? {
        let keys = try keys(of: instance.id, role: rotation.role)
        guard let current = keys.first(where: { $0.status == .current }) ?? keys.first,
            keys.contains(where: { $0.fingerprint != rotation.newFingerprint })
        else { return nil }
        var target = RotationTarget(
            rotation: rotation.id, instance: instance.id, instanceName: instance.name,
            oldFingerprint: current.fingerprint, changedAt: time)
        target.reason = try obstacle(instance)
        return target
    }

    /// Why the machine cannot be worked on now; nil if it can.
    private func obstacle(_ instance: Instance) throws -> String? {
        if let holder = try holder(of: Lock.instance(instance.id)) {
            return "\(holder.kind) is at work; done when it has ended"
        }
        switch instance.state {
        case .running: return nil
        case .stopped, .stopping: return "the instance is stopped; done when it is started"
        case .pending: return "the instance is not up yet; done when it is"
        case .deleting: return "the instance is being deleted"
        case .error: return "the instance is in error: \(instance.stateReason ?? "unknown"); done when it is back"
        }
    }

    /// Begins the work on a target if the machine can be worked on; says in the row why it cannot.
    @discardableResult
    func begin(_ target: RotationTarget, on instance: Instance, at time: Date) throws -> Bool {
        let obstacle = try obstacle(instance)
        try change(target.rotation, target.instance, at: time) { $0.reason = obstacle }
        guard obstacle == nil else { return false }
        _ = try accept(
            RotateInstanceKey.saga,
            RotateInstanceKey.Parameters(rotation: target.rotation, instance: target.instance),
            of: instance.account, on: instance.name, locks: [Lock.instance(instance.id)], at: time)
        return true
    }
}
