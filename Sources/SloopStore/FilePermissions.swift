import Foundation
import SloopModel

/// Who else may read or change what is kept: nobody.
enum FilePermissions {
    /// Throws `storage` if others could change what is in the state folder.
    ///
    /// One that others can look into is no fault: all that is in it is closed to them.
    static func check(folder: String) throws {
        guard let about = try about(folder, follow: true) else { return }
        try refuseOwner(about, folder)
        guard about.st_mode & 0o022 == 0 else {
            throw SloopError(
                .storage, "others can change what is in the state folder \(folder) (mode \(octal(about)))",
                tip: "see that all in it is yours, then: chmod go-w \(folder)")
        }
    }

    /// Throws `storage` if others could read or change the key to the secrets in the folder. The database of a Sloop that
    /// left it open is closed.
    static func check(filesIn folder: String) throws {
        let key = "\(folder)/\(Vault.fileName)"
        if let about = try FilePermissions.about(key) {
            try refuseOwner(about, key)
            guard about.st_mode & 0o077 == 0 else {
                throw SloopError(
                    .storage, "others can read or change the key to all secrets, \(key) (mode \(octal(about)))",
                    tip: "chmod 600 \(key); if somebody did read it, rotate the keys: sloop key rotate --all")
            }
        }
        for suffix in ["", "-wal", "-shm"] {
            let file = "\(folder)/\(Store.fileName)\(suffix)"
            guard let about = try FilePermissions.about(file) else { continue }
            try refuseOwner(about, file)
            guard about.st_mode & 0o077 == 0 || chmod(file, 0o600) == 0 else {
                throw SloopError(
                    .storage, "\(file) cannot be closed to others: \(String(cString: strerror(errno)))",
                    tip: "chmod 600 \(file)")
            }
        }
    }

    /// Nil if it is not there.
    private static func about(_ path: String, follow: Bool = false) throws -> stat? {
        var about = stat()
        guard (follow ? stat(path, &about) : lstat(path, &about)) == 0 else { return nil }
        guard about.st_mode & S_IFMT != S_IFLNK else {
            throw SloopError(
                .storage, "\(path) is a symbolic link", tip: "put the file itself there, or name the folder it is in")
        }
        return about
    }

    private static func refuseOwner(_ about: stat, _ path: String) throws {
        let me = geteuid()
        guard about.st_uid != me else { return }
        throw SloopError(
            .storage, "\(path) belongs to the user with the id \(about.st_uid), and this server is run by \(me)",
            tip: "run it as that user, or give all of it away: chown -R \(me) FOLDER")
    }

    private static func octal(_ about: stat) -> String {
        let digits = String(about.st_mode & 0o7777, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
