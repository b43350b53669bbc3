package import SloopModel
import SloopSSH
import SloopStore

/// The users' key pairs.
package struct KeyPairService: Sendable {
    let world: World

    /// A pair that was made, with the private half that is shown this once.
    package struct Created: Sendable {
        package let pair: KeyPair
        package let privateKey: String
        package let operation: SloopModel.Operation
    }

    /// A pair with what is known of its key in the machines.
    package struct View: Sendable {
        package let pair: KeyPair
        /// The instances that were given it.
        package let instances: [Instance]
        package let openTargets: [RotationTarget]
    }

    /// Makes an ed25519 key. The private half is in the answer and nowhere else.
    package func create(_ name: String, tags: [String: String] = [:]) async throws -> Created {
        try ResourceName.check(name)
        try Tags.check(tags)
        let key = SSHPrivateKey.ed25519(comment: name)
        let pair = KeyPair(
            id: KeyPairID(), account: try world.store.owner(), name: name, origin: .created,
            publicKey: key.publicKey.line,
            fingerprint: key.publicKey.fingerprint, tags: tags, createdAt: world.now())
        let operation = try await insert(pair, as: "create-key-pair")
        return Created(pair: pair, privateKey: key.openSSH, operation: operation)
    }

    /// Takes a public key whose private half stays with its owner.
    package func `import`(_ name: String, publicKey line: String, tags: [String: String] = [:]) async throws
        -> SloopModel.Operation
    {
        try ResourceName.check(name)
        try Tags.check(tags)
        let key = try SSHPublicKey(line: line)
        let pair = KeyPair(
            id: KeyPairID(), account: try world.store.owner(), name: name, origin: .imported, publicKey: key.line,
            fingerprint: key.fingerprint,
            tags: tags, createdAt: world.now())
        return try await insert(pair, as: "import-key-pair")
    }

    private func insert(_ pair: KeyPair, as kind: String) async throws -> SloopModel.Operation {
        try await world.store.write { tables in
            try tables.claim(name: pair.name, type: "KeyPair")
            try tables.insert(pair)
            return try tables.recordDone(kind, on: pair.name, type: "KeyPair", at: pair.createdAt)
        }
    }

    /// Forgets the pair. Machines keep accepting its key, as on Lightsail.
    ///
    /// Throws `busy` while a rotation of it waits for a machine: that machine could not be finished without the pair.
    ///
    /// - Parameter fingerprint: if given, the pair must have it. The default pair is not deleted without.
    package func delete(_ name: String, fingerprint: String? = nil) async throws -> SloopModel.Operation {
        let now = world.now()
        return try await world.store.write { tables in
            let pair = try tables.keyPair(named: name)
            if fingerprint == nil && name == DefaultKeyPair.name {
                throw SloopError(
                    .invalidInput, "'\(name)' is deleted only with its fingerprint",
                    tip: "give expectedFingerprint \(pair.fingerprint)")
            }
            if let fingerprint, fingerprint != pair.fingerprint {
                throw SloopError(
                    .invalidInput, "'\(name)' has another fingerprint: \(pair.fingerprint)",
                    tip: "see which pair you mean: sloop key list")
            }
            try tables.keepDefaultKey(pair, privateKey: nil)
            if let open = try tables.openTargets().first(where: { try tables.find($0.rotation)?.keyPair == name }) {
                throw SloopError(
                    .busy, "the key pair '\(name)' is being rotated on '\(open.instanceName)'",
                    tip: "let it end, or delete that instance; see: sloop key list")
            }
            try tables.remove(pair)
            return try tables.recordDone("delete-key-pair", on: name, type: "KeyPair", at: now)
        }
    }

    package func find(_ name: String) async throws -> View {
        try await world.store.read { try KeyPairService.view(try $0.keyPair(named: name), in: $0) }
    }

    /// Those with names after that one, by name; at most so many.
    package func page(after name: String?, limit: Int) async throws -> [KeyPair] {
        try await world.store.read { try $0.keyPairs(after: name, limit: limit) }
    }

    package func list() async throws -> [View] {
        try await world.store.read { tables in
            try tables.keyPairs().map { try KeyPairService.view($0, in: tables) }
        }
    }

    private static func view(_ pair: KeyPair, in tables: Tables) throws -> View {
        let open = try tables.openTargets().filter { try tables.find($0.rotation)?.keyPair == pair.name }
        return View(pair: pair, instances: try tables.instances(with: pair.name), openTargets: open)
    }
}
