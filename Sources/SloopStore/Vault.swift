import Crypto
package import Foundation
import SloopModel

/// Seals secrets with a key that is kept beside the SQLite file, so that a copy of the database alone gives nothing away.
package struct Vault: Sendable {
    package static let fileName = "secret.key"
    private let key: SymmetricKey

    /// Reads the key from the folder; makes one, mode 0600, if there is no database yet.
    ///
    /// Throws `storage` if the key is missing beside an existing database: a new one could open nothing.
    package init(folder: URL) throws {
        let file = folder.appending(path: Vault.fileName).path
        if let data = FileManager.default.contents(atPath: file) {
            guard data.count == 32 else {
                throw SloopError(
                    .storage, "\(file) is no key: it has \(data.count) bytes instead of 32",
                    tip: "restore it from a backup; without it sloop's own keys cannot be read")
            }
            key = SymmetricKey(data: data)
            return
        }
        let isInUse = FileManager.default.fileExists(atPath: folder.appending(path: Store.fileName).path)
        guard !isInUse else {
            throw SloopError(
                .storage, "\(file) is missing or unreadable, and \(Store.fileName) is there",
                tip: "restore it from a backup; without it sloop's own keys cannot be read")
        }
        key = SymmetricKey(size: .bits256)
        try key.withUnsafeBytes { try DurableFile.write(Data($0), to: file, mode: 0o600) }
    }

    init(key: Data) { self.key = SymmetricKey(data: key) }

    /// The key itself, for a backup.
    var exported: Data { key.withUnsafeBytes { Data($0) } }

    func seal(_ text: String, name: String) throws -> Data {
        let box = try AES.GCM.seal(Data(text.utf8), using: key, authenticating: Data(name.utf8))
        guard let sealed = box.combined else { throw SloopError(.unexpected, "the secret '\(name)' cannot be sealed") }
        return sealed
    }

    func open(_ sealed: Data, name: String) throws -> String {
        do {
            let box = try AES.GCM.SealedBox(combined: sealed)
            let data = try AES.GCM.open(box, using: key, authenticating: Data(name.utf8))
            return String(decoding: data, as: UTF8.self)
        } catch {
            throw SloopError(
                .storage, "the secret '\(name)' cannot be opened with this \(Vault.fileName)",
                tip: "restore \(Vault.fileName) and \(Store.fileName) from the same backup", cause: error)
        }
    }
}
