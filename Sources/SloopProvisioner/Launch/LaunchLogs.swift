package import Foundation
package import SloopModel
import Synchronization

/// The output of launch scripts as far as it has been fetched, one file a run.
package struct LaunchLogs: Sendable {
    /// Bytes kept of one run.
    package static let limit = 16 << 20
    let folder: URL

    private func file(_ run: LaunchID) -> String { folder.appending(path: "\(run).log").path }

    /// How many bytes are here.
    package func size(_ run: LaunchID) -> Int {
        var info = stat()
        return stat(file(run), &info) == 0 ? Int(info.st_size) : 0
    }

    /// Makes the run's file unless it is there.
    func begin(_ run: LaunchID) throws {
        let fd = open(file(run), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard fd >= 0 else { throw failure(run) }
        close(fd)
    }

    /// Throws `storage` if the file is not there: output that comes late must not bring back what was deleted.
    func append(_ bytes: [UInt8], to run: LaunchID) throws {
        let fd = open(file(run), O_WRONLY | O_APPEND | O_CLOEXEC)
        guard fd >= 0 else { throw failure(run) }
        defer { close(fd) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(fd, $0.baseAddress, $0.count) }
            guard count > 0 else { throw failure(run) }
            rest = rest.dropFirst(count)
        }
    }

    /// At most `limit` bytes from the offset on.
    package func read(_ run: LaunchID, from offset: Int, limit: Int) throws -> Data {
        guard let handle = FileHandle(forReadingAtPath: file(run)) else { return Data() }
        defer { try? handle.close() }
        try handle.seek(toOffset: UInt64(max(0, offset)))
        return try handle.read(upToCount: limit) ?? Data()
    }

    func remove(_ run: LaunchID) throws {
        guard unlink(file(run)) == 0 || errno == ENOENT else { throw failure(run) }
    }

    private func failure(_ run: LaunchID) -> SloopError {
        SloopError(.storage, "the log \(file(run)) cannot be written: \(String(cString: strerror(errno)))")
    }
}

/// What one command brings home of a run's output. After a piece that could not be written no other is: all is fetched
/// again from there.
final class LaunchOutput: Sendable {
    private let run: LaunchID
    private let world: World
    private let state = Mutex(true)

    init(_ run: LaunchID, in world: World) {
        self.run = run
        self.world = world
    }

    /// Whether all of it was written.
    var isWhole: Bool { state.withLock { $0 } }

    func append(_ bytes: [UInt8]) {
        state.withLock { isWhole in isWhole = isWhole && (try? world.logs.append(bytes, to: run)) != nil }
        world.didLog()
    }
}
