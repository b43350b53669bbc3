import GRDB
package import SloopModel

extension Tables {
    /// All key pairs, by name.
    package func keyPairs() throws -> [KeyPair] {
        try KeyPair.filter(Column("account") == owner()).order(Column("name")).fetchAll(db)
    }

    /// The key pairs whose names come after that one, by name; at most so many.
    package func keyPairs(after name: String?, limit: Int) throws -> [KeyPair] {
        try KeyPair.filter(Column("account") == owner() && Column("name") > (name ?? ""))
            .order(Column("name")).limit(limit).fetchAll(db)
    }

    package func find(keyPair name: String) throws -> KeyPair? {
        try one("SELECT * FROM keyPair WHERE account = ? AND name = ?", [owner(), name])
    }

    /// Throws `notFound` if there is none.
    package func keyPair(named name: String) throws -> KeyPair {
        if let pair = try find(keyPair: name) { return pair }
        throw SloopError(
            .notFound, "no key pair is named '\(name)'",
            tip: "see them with: sloop key list; make one with: sloop key create \(name)")
    }

    package func insert(_ pair: KeyPair) throws { try pair.insert(db) }
    package func update(_ pair: KeyPair) throws { try pair.update(db) }

    /// Removes the row and frees the name.
    package func remove(_ pair: KeyPair) throws {
        try pair.delete(db)
        try release(name: pair.name, of: pair.account)
    }

    /// The instances that were given this key pair, by name.
    package func instances(with keyPair: String) throws -> [Instance] {
        try Instance.filter(Column("account") == owner() && Column("keyPair") == keyPair).order(Column("name"))
            .fetchAll(db)
    }

    /// The keys that the machine may accept, as far as Sloop has put them there.
    package func keys(of instance: InstanceID, role: InstanceKey.Role) throws -> [InstanceKey] {
        try InstanceKey.fetchAll(
            db.cachedStatement(sql: "SELECT * FROM instanceKey WHERE instance = ? AND role = ?"),
            arguments: [instance, role])
    }

    /// Adds the row or replaces the one of the same instance, role and fingerprint.
    package func save(_ key: InstanceKey) throws { try key.upsert(db) }

    package func remove(_ key: InstanceKey) throws { try key.delete(db) }

    /// Makes the key the current one of its instance and role; the one before is to be removed from the machine.
    package func promote(_ instance: InstanceID, _ role: InstanceKey.Role, fingerprint: String) throws {
        try run(
            """
            UPDATE instanceKey SET status = 'removing'
            WHERE instance = ? AND role = ? AND fingerprint <> ? AND status <> 'removing'
            """, [instance, role, fingerprint])
        try run(
            "UPDATE instanceKey SET status = 'current' WHERE instance = ? AND role = ? AND fingerprint = ?",
            [instance, role, fingerprint])
    }

    /// The access key that new instances get; nil before the first start.
    package func currentAccessKey() throws -> AccessKey? {
        try AccessKey.filter(Column("isCurrent") == true).fetchOne(db)
    }

    /// Makes it the current one.
    package func setCurrent(_ key: AccessKey) throws {
        try db.execute(sql: "UPDATE accessKey SET isCurrent = 0")
        try key.upsert(db)
    }

    /// Forgets the access keys, and their private halves, that are not current and that no machine may still accept.
    package func forgetUnusedAccessKeys() throws {
        let unused = try String.fetchAll(
            db,
            sql: """
                SELECT fingerprint FROM accessKey WHERE isCurrent = 0
                AND fingerprint NOT IN (SELECT fingerprint FROM instanceKey WHERE role = 'access')
                """)
        for fingerprint in unused {
            try db.execute(sql: "DELETE FROM accessKey WHERE fingerprint = ?", arguments: [fingerprint])
            try forget(secret: SecretName.access(fingerprint))
        }
    }
}

/// The names of sealed secrets.
package enum SecretName {
    /// The private half of one of Sloop's own keys.
    package static func access(_ fingerprint: String) -> String { "access/\(fingerprint)" }
    /// The private half of a machine's host key.
    package static func hostKey(_ instance: InstanceID) -> String { "host-key/\(instance)" }
    /// The private half of the new key of a rotation, kept only until every target is done.
    package static func rotation(_ id: RotationID) -> String { "rotation/\(id)" }
    /// The private half of an account's default key pair.
    package static func defaultKeyPair(_ account: Account) -> String { "default-key-pair/\(account)" }
    /// The certificate authority for temporary access.
    package static let authority = "certificate-authority"
}
