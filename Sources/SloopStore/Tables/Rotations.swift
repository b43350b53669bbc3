package import Foundation
import GRDB
package import SloopModel

/// How a rotation is doing, in short.
package struct RotationPulse: Sendable {
    /// Whether something happens to a target without anybody's doing.
    package let isAtWork: Bool
    /// The time of the newest change of a target.
    package let changedAt: Date?
}

extension Tables {
    package func insert(_ rotation: KeyRotation) throws { try rotation.insert(db) }

    package func find(_ id: RotationID) throws -> KeyRotation? {
        try one("SELECT * FROM keyRotation WHERE id = ?1 AND (account = ?2 OR ?2 IS NULL)", [id, account])
    }

    /// Newest first; only those that are not done, if so asked.
    package func rotations(openOnly: Bool) throws -> [KeyRotation] {
        let all = KeyRotation.filter(Column("account") == account || account == nil).order(
            Column("createdAt").desc, Column.rowID.desc)
        return try (openOnly ? all.filter(Column("status") == KeyRotation.Status.started) : all).fetchAll(db)
    }

    package func setStatus(_ status: KeyRotation.Status, of id: RotationID) throws {
        try db.execute(sql: "UPDATE keyRotation SET status = ? WHERE id = ?", arguments: [status, id])
    }

    /// Removes rotations that were offered before that time and never started, and their private keys.
    package func expireOffers(before time: Date) throws {
        let old = try KeyRotation.filter(Column("status") == KeyRotation.Status.offered && Column("createdAt") < time)
            .fetchAll(db)
        for offer in old {
            try forget(secret: SecretName.rotation(offer.id))
            try offer.delete(db)
        }
    }

    package func insert(_ target: RotationTarget) throws { try target.insert(db) }

    package func targets(of rotation: RotationID) throws -> [RotationTarget] {
        try RotationTarget.filter(Column("rotation") == rotation).order(Column("instanceName")).fetchAll(db)
    }

    package func target(_ rotation: RotationID, _ instance: InstanceID) throws -> RotationTarget? {
        try one("SELECT * FROM rotationTarget WHERE rotation = ? AND instance = ?", [rotation, instance])
    }

    /// Whether a rotation is at work, at the price of one row.
    package func pulse(of rotation: RotationID) throws -> RotationPulse {
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT max(changedAt) AS changedAt,
                    count(*) FILTER (WHERE status IN ('pending', 'proven') AND reason IS NULL) AS atWork
                    FROM rotationTarget WHERE rotation = ?
                    """), arguments: [rotation])
        return RotationPulse(isAtWork: (row?["atWork"] ?? 0) > 0, changedAt: row?["changedAt"])
    }

    /// Targets that are not done yet, oldest change first; of one instance or of all, of one role or of both.
    package func openTargets(
        of instance: InstanceID? = nil, role: InstanceKey.Role? = nil
    ) throws -> [RotationTarget] {
        let ofInstance = instance == nil ? "" : "AND instance = ?"
        let ofRole =
            switch role {
            case nil: ""
            case .user: "AND rotation IN (SELECT id FROM keyRotation WHERE keyPair IS NOT NULL)"
            case .access: "AND rotation IN (SELECT id FROM keyRotation WHERE keyPair IS NULL)"
            }
        return try RotationTarget.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT * FROM rotationTarget
                    WHERE status IN ('pending', 'proven') \(ofInstance) \(ofRole) ORDER BY changedAt
                    """), arguments: instance.map { [$0] } ?? [])
    }

    /// Changes the row if it is there, and closes the rotation with its last open target.
    package func change(
        _ rotation: RotationID, _ instance: InstanceID, at time: Date, _ edit: (inout RotationTarget) -> Void
    ) throws {
        guard var target = try target(rotation, instance) else { return }
        let before = target
        edit(&target)
        guard target != before else { return }
        target.changedAt = time
        try target.update(db)
        if !target.isOpen { try closeIfDone(rotation) }
    }

    /// A rotation without open targets is done: its private key is forgotten.
    package func closeIfDone(_ rotation: RotationID) throws {
        let open = try Int.fetchOne(
            db.cachedStatement(
                sql: "SELECT 1 FROM rotationTarget WHERE rotation = ? AND status IN ('pending', 'proven') LIMIT 1"),
            arguments: [rotation])
        guard open == nil else { return }
        try setStatus(.done, of: rotation)
        try forget(secret: SecretName.rotation(rotation))
        try forgetUnusedAccessKeys()
    }
}

extension Tables {
    /// Closes the open rotations of an instance, of one role or of both, since they cannot or need not be finished.
    package func supersedeTargets(
        of instance: InstanceID, role: InstanceKey.Role? = nil, why: String, at time: Date
    ) throws {
        for target in try openTargets(of: instance, role: role) {
            try change(target.rotation, instance, at: time) { target in
                target.status = .superseded
                target.reason = why
            }
        }
    }
}

extension KeyRotation {
    /// Which of a machine's keys it changes.
    package var role: InstanceKey.Role { keyPair == nil ? .access : .user }
}
