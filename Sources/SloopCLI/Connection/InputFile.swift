import Foundation
import Glibc
import SloopModel

/// A small file that an argument names.
enum InputFile {
    /// Reads it whole; throws `invalidInput` if it is missing, no regular file, unreadable, or longer than the limit.
    static func read(_ argument: String, what: String, limit: Int) throws -> Data {
        let path = Terminal.current.path(argument)
        func bad(_ problem: String, _ tip: String) -> SloopError {
            SloopError(.invalidInput, "the \(what) '\(argument)' \(problem)", tip: tip)
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw bad("cannot be read: \(String(cString: strerror(errno)).lowercased())", "check the path")
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: throw bad("is a directory", "name the file in it")
        // A device or a pipe has no size to check before it is read; a pipe is what `<(…)` of a shell gives.
        case S_IFREG where status.st_size > limit:
            throw bad(
                "has \(status.st_size) bytes, and the limit is \(limit)", "make it shorter, or let it fetch the rest")
        default: break
        }
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw bad("cannot be read: \(String(cString: strerror(errno)).lowercased())", "check its mode and owner")
        }
        defer { try? file.close() }
        var data = Data()
        while data.count <= limit, let part = try file.read(upToCount: limit + 1 - data.count), !part.isEmpty {
            data += part
        }
        guard data.count <= limit else {
            throw bad("has more than \(limit) bytes, which is the limit", "make it shorter, or let it fetch the rest")
        }
        return data
    }
}
