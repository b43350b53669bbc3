import Dispatch
import SloopModel
import Synchronization

/// Lets the blocking calls of one machine happen one after the other, and those of different machines at once, off
/// Swift's own threads.
///
/// Without it a delete between a start's lock and its sandbox would leave a sandbox without a folder.
final class MachineTurns: Sendable {
    private struct Line {
        let queue: DispatchQueue
        var waiting = 1
    }

    private let all = DispatchQueue(label: "sloop.local-engine", attributes: .concurrent)
    private let lines = Mutex<[InstanceID: Line]>([:])

    /// Runs the body when the machine's earlier calls have ended.
    func after<Value: Sendable>(_ id: InstanceID, _ body: @escaping @Sendable () throws -> Value) async throws -> Value
    {
        let queue = lines.withLock { lines in
            let line = lines[id].map { Line(queue: $0.queue, waiting: $0.waiting + 1) }
            let mine = line ?? Line(queue: DispatchQueue(label: "sloop.local-engine.machine", target: all))
            lines[id] = mine
            return mine.queue
        }
        defer {
            lines.withLock { lines in
                lines[id]?.waiting -= 1
                if lines[id]?.waiting == 0 { lines[id] = nil }
            }
        }
        return try await MachineTurns.run(on: queue, body)
    }

    /// Runs the body at once.
    func now<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await MachineTurns.run(on: all, body)
    }

    private static func run<Value: Sendable>(
        on queue: DispatchQueue, _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }
}
