import Foundation
import Glibc
import SloopModel

/// A new file that only its owner can read, for a private key. It never takes the place of a file.
struct SecretFile: ~Copyable {
    /// The path as the caller gave it.
    let argument: String
    private let path: String
    private let descriptor: Int32
    private var isKept = false

    /// Makes the empty file, so that what cannot be saved is known before there is anything to save.
    init(_ argument: String) throws {
        // Set only once the file is ours: a value that is complete runs its deinit, which removes the file.
        let path = Terminal.current.path(argument)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        let reason = errno
        guard descriptor >= 0 else {
            throw reason == EEXIST
                ? SloopError(.invalidInput, "'\(argument)' exists", tip: "name another file with --save")
                : SloopError(
                    .invalidInput,
                    "'\(argument)' cannot be written: \(String(cString: strerror(reason)).lowercased())",
                    tip: "name another file with --save")
        }
        self.argument = argument
        self.path = path
        self.descriptor = descriptor
    }

    /// Writes the text and waits until it is on the disk; the file stays.
    mutating func keep(_ text: String) throws {
        var rest = Array((text.hasSuffix("\n") ? text : text + "\n").utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { throw failed() }
            rest = rest.dropFirst(max(0, count))
        }
        guard fsync(descriptor) == 0 else { throw failed() }
        // The name of the file must last as long as the file: its folder is synced too.
        let folder = open(URL(filePath: path).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw failed() }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw failed() }
        isKept = true
    }

    private func failed() -> SloopError {
        SloopError(
            .operationFailed, "'\(argument)' cannot be written: \(String(cString: strerror(errno)).lowercased())",
            tip: "name a file on another disk with --save")
    }

    deinit {
        close(descriptor)
        if !isKept { unlink(path) }
    }
}
