import Foundation
import SloopModel

/// The file of the Unix socket. Its mode, 0600, is the permission: who may open it may do everything.
final class SocketFile: Sendable {
    let path: String
    private let mask: mode_t

    /// Makes way for the socket: removes the file of a dead server.
    ///
    /// Throws if another server answers there, if something else has that name, or if the path is too long.
    init(_ path: String) throws {
        self.path = path
        let limit = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1
        guard path.utf8.count <= limit else {
            throw SloopError(
                .invalidInput, "the socket path \(path) has \(path.utf8.count) bytes; the system's limit is \(limit)",
                tip: "name a shorter one: sloop serve --socket PATH")
        }
        try SocketFile.clear(path)
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        guard access(folder.isEmpty ? "/" : folder, W_OK) == 0 else {
            throw SloopError(
                .invalidInput, "the socket \(path) cannot be made: \(String(cString: strerror(errno)))",
                tip: "name a path in a folder that you may write: sloop serve --socket PATH")
        }
        // The socket must never be open to others, not even between its making and a chmod.
        mask = umask(0o177)
    }

    /// The socket is made: other files get their usual modes again.
    func didBind() { _ = umask(mask) }

    func remove() { unlink(path) }

    private static func clear(_ path: String) throws {
        guard let kind = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType else {
            return
        }
        guard kind == .typeSocket else {
            throw SloopError(
                .invalidInput, "\(path) is there and is no socket", tip: "name another: sloop serve --socket PATH")
        }
        guard !answers(path) else {
            throw SloopError(
                .invalidInput, "another server answers at \(path)",
                tip: "stop it first, or name another: sloop serve --socket PATH")
        }
        unlink(path)
    }

    private static func answers(_ path: String) -> Bool {
        let fd = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard fd >= 0 else { return false }
        defer { close(fd) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(fd, $0, size) == 0 }
        }
    }
}
