package import Foundation
package import SloopModel
import SloopSSH
import SloopStore

/// Changes the keys of machines: of users' key pairs, and Sloop's own.
package struct RotationService: Sendable {
    let world: World
    let desk: SagaDesk

    /// How long an offered key waits for the word that it was saved.
    static let offerLasts: TimeInterval = 3600

    /// A rotation with what is known of each machine.
    package struct View: Sendable, Equatable {
        package var rotation: KeyRotation
        package var targets: [RotationTarget]
    }

    /// A new key that is shown once; nothing is changed before ``start(offer:instances:)``.
    package struct Offer: Sendable {
        package let rotation: KeyRotation
        package let privateKey: String
    }

    /// Makes a new key for the pair. Nothing else changes: the caller saves the private half first.
    package func offer(keyPair name: String) async throws -> Offer {
        let key = SSHPrivateKey.ed25519(comment: name)
        let rotation = KeyRotation(
            id: RotationID(), account: try world.store.owner(), keyPair: name, status: .offered,
            newPublicKey: key.publicKey.line,
            newFingerprint: key.publicKey.fingerprint, createdAt: world.now())
        try await world.store.write { tables in
            _ = try tables.keyPair(named: name)
            try tables.insert(rotation)
            try tables.set(secret: SecretName.rotation(rotation.id), to: key.openSSH)
        }
        return Offer(rotation: rotation, privateKey: key.openSSH)
    }

    /// Starts an offered rotation, on the named instances or on all that have the pair.
    package func start(offer id: RotationID, keyPair name: String, instances: [String]?) async throws -> View {
        try await begin { tables in
            guard let rotation = try tables.find(id), rotation.keyPair == name else {
                throw SloopError(
                    .notFound, "no rotation \(id) of the key pair '\(name)' is offered",
                    tip: "an offer lasts an hour; make a new one: sloop key rotate \(name)")
            }
            guard rotation.status == .offered else { return rotation }
            try tables.setStatus(.started, of: id)
            return try plan(rotation, origin: .created, instances, in: tables)
        }
    }

    /// Rotates to a public key whose private half the caller has, on the named instances or on all that have the pair.
    package func start(keyPair name: String, publicKey line: String, instances: [String]?) async throws -> View {
        let key = try SSHPublicKey(line: line)
        return try await begin { tables in
            let pair = try tables.keyPair(named: name)
            guard pair.fingerprint != key.fingerprint else {
                throw SloopError(
                    .invalidInput, "'\(name)' has this key already: \(key.fingerprint)", tip: "give another public key")
            }
            let rotation = KeyRotation(
                id: RotationID(), account: try tables.owner(), keyPair: name, status: .started, newPublicKey: key.line,
                newFingerprint: key.fingerprint, createdAt: world.now())
            try tables.insert(rotation)
            return try plan(rotation, origin: .imported, instances, in: tables)
        }
    }

    /// Rotates Sloop's own access key, on the named instances or on all.
    package func startAccess(instances: [String]?) async throws -> View {
        let now = world.now()
        let key = SSHPrivateKey.ed25519(comment: "sloop-access")
        return try await begin { tables in
            let rotation = KeyRotation(
                id: RotationID(), account: try tables.owner(), keyPair: nil, status: .started,
                newPublicKey: key.publicKey.line,
                newFingerprint: key.publicKey.fingerprint, createdAt: now)
            try tables.insert(rotation)
            try tables.set(secret: SecretName.access(rotation.newFingerprint), to: key.openSSH)
            try tables.setCurrent(
                AccessKey(
                    fingerprint: rotation.newFingerprint, publicKey: rotation.newPublicKey, isCurrent: true,
                    createdAt: now))
            try addTargets(to: rotation, tables.chosen(instances, with: nil), in: tables)
            return rotation
        }
    }

    /// What a rotation would do: nothing is changed. `keyPair` nil is Sloop's own key.
    package func dryRun(keyPair name: String?, instances: [String]?) async throws -> View {
        let now = world.now()
        return try await world.store.read { tables in
            if let name { _ = try tables.keyPair(named: name) }
            var rotation = KeyRotation(
                id: RotationID(), account: try tables.owner(), keyPair: name, status: .offered, newPublicKey: "",
                newFingerprint: "", createdAt: now)
            rotation.status = .offered
            let targets = try tables.chosen(instances, with: name).map { instance in
                try tables.newTarget(of: rotation, instance, at: now)
            }
            return View(rotation: rotation, targets: targets.compactMap(\.self))
        }
    }

    package func find(_ id: RotationID) async throws -> View {
        try await world.store.read { tables in
            guard let rotation = try tables.find(id) else {
                throw SloopError(.notFound, "no rotation has the id \(id)", tip: "see them with: sloop key list")
            }
            return View(rotation: rotation, targets: try tables.targets(of: id))
        }
    }

    /// Waits until something changed after that time, or the rotation needs no more from us for now.
    package func wait(_ id: RotationID, changedAfter time: Date?, upTo limit: Duration) async throws -> View {
        _ = try await find(id)
        // With hundreds of machines at work something changes all the time.
        _ = try await world.changes.wait(upTo: limit, pace: .milliseconds(20)) { (pulse: RotationPulse) in
            guard pulse.isAtWork else { return true }
            return time.map { known in pulse.changedAt.map { $0 > known } ?? false } ?? false
        } _: {
            try await world.store.read { try $0.pulse(of: id) }
        }
        return try await find(id)
    }

    package func list(openOnly: Bool) async throws -> [View] {
        try await world.store.read { tables in
            try tables.rotations(openOnly: openOnly).filter { $0.status != .offered }.map { rotation in
                View(rotation: rotation, targets: try tables.targets(of: rotation.id))
            }
        }
    }

    private func begin(_ body: @escaping @Sendable (Tables) throws -> KeyRotation) async throws -> View {
        let view = try await world.store.write { tables in
            let rotation = try body(tables)
            try tables.closeIfDone(rotation.id)
            guard let now = try tables.find(rotation.id) else {
                throw SloopError(.unexpected, "the rotation \(rotation.id) was not recorded")
            }
            return View(rotation: now, targets: try tables.targets(of: rotation.id))
        }
        await desk.scan()
        return view
    }

    /// The pair has the new key from now on: machines made from here get it, and the others are its targets.
    private func plan(
        _ rotation: KeyRotation, origin: KeyPair.Origin, _ instances: [String]?, in tables: Tables
    ) throws -> KeyRotation {
        guard let name = rotation.keyPair else { throw SloopError(.unexpected, "the rotation has no key pair") }
        var pair = try tables.keyPair(named: name)
        let chosen = try tables.chosen(instances, with: name)
        pair.publicKey = rotation.newPublicKey
        pair.fingerprint = rotation.newFingerprint
        pair.origin = origin
        try tables.update(pair)
        try tables.keepDefaultKey(pair, privateKey: tables.privateKey(of: rotation))
        try addTargets(to: rotation, chosen, in: tables)
        return rotation
    }

    private func addTargets(to rotation: KeyRotation, _ instances: [Instance], in tables: Tables) throws {
        let now = world.now()
        for instance in instances {
            try tables.supersedeTargets(
                of: instance.id, role: rotation.role, why: "a later rotation took over", at: now)
            guard let target = try tables.newTarget(of: rotation, instance, at: now) else { continue }
            try tables.save(
                InstanceKey(
                    instance: instance.id, role: rotation.role, fingerprint: rotation.newFingerprint,
                    publicKey: rotation.newPublicKey, status: .adding))
            try tables.insert(target)
            try tables.begin(target, on: instance, at: now)
        }
    }
}

extension RotationService.View {
    /// Whether something happens to it without anybody's doing.
    package var isAtWork: Bool { targets.contains { $0.isOpen && $0.reason == nil } }
}
