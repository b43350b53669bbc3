import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import SloopModel

/// Incus' REST API: requests, answers and operations.
///
/// A daemon that is away is waited for: what Sloop asks for may be asked twice, and an operation of ours must not fail
/// because Incus is being restarted.
struct IncusClient: Sendable {
    let server: IncusServer
    /// How long a daemon that does not answer is waited for.
    let patience: Duration

    init(_ server: IncusServer, patience: Duration = .seconds(60)) {
        self.server = server
        self.patience = patience
    }

    /// What Incus said no to.
    struct Refusal: Error, Equatable {
        let status: Int
        let message: String

        var isNotFound: Bool { status == 404 }
    }

    /// The daemon is shutting down: it is as good as gone, and will be back.
    private struct ShuttingDown: Error {}

    /// The operation is not known any more: Incus was restarted under it, or ended it more than five seconds ago.
    struct LostOperation: Error {}

    /// The answer's metadata. Throws ``Refusal`` for an error of Incus', `SloopError` if it cannot be reached.
    func get<Answer: Decodable>(_ path: String, as type: Answer.Type = Answer.self) async throws -> Answer {
        let data = try await bytes(.GET, path)
        return try decode(Reply<Answer>.self, data, path).metadata
    }

    /// The same; nil if it is not there.
    func find<Answer: Decodable>(_ path: String, as type: Answer.Type = Answer.self) async throws -> Answer? {
        do { return try await get(path, as: type) } catch let no as Refusal where no.isNotFound { return nil }
    }

    /// Deletes it; one that is not there is deleted already.
    func remove(_ path: String) async throws {
        do { try await change(.DELETE, path) } catch let no as Refusal where no.isNotFound {}
    }

    /// Where the alias of an image is.
    static func alias(_ name: String) -> String { "/1.0/images/aliases/\(name.replacing("/", with: "%2F"))" }

    /// The body as it is.
    func raw(_ path: String) async throws -> Data { try await bytes(.GET, path) }

    /// Sends a change, and waits until Incus has carried it out.
    @discardableResult
    func change(
        _ method: Method, _ path: String, _ body: (some Encodable & Sendable)? = nil as String?,
        timeout: Duration = .seconds(600)
    ) async throws -> JSONObject {
        let data = try await bytes(method, path, body.map { .json(try JSONEncoder().encode($0)) })
        return try await finish(data, path, timeout)
    }

    /// Sends files, and waits until Incus has taken them in.
    @discardableResult
    func upload(_ path: String, _ body: Body, headers: [(String, String)]) async throws -> JSONObject {
        try await finish(try await bytes(.POST, path, body, headers), path, .seconds(600))
    }

    /// Waits for the operations that work on the instance. Those of others, and of a predecessor of ours.
    func settle(_ instance: String) async throws {
        let all: [String: [Running]] = try await get("/1.0/operations?recursion=1")
        for operation in all.values.joined() where operation.isOn(instance) && operation.status_code < 200 {
            _ = try? await wait(operation.id, timeout: .seconds(600))
        }
    }

    private func finish(_ data: Data, _ path: String, _ timeout: Duration) async throws -> JSONObject {
        let head = try decode(Head.self, data, path)
        guard head.type == "async", let operation = head.operation?.split(separator: "/").last else {
            return (try? decode(Reply<JSONObject>.self, data, path).metadata) ?? .null
        }
        return try await wait(String(operation), timeout: timeout)
    }

    private func wait(_ operation: String, timeout: Duration) async throws -> JSONObject {
        let end = ContinuousClock.now + timeout
        while true {
            let left = max(1, min(30, Int((end - .now) / .seconds(1))))
            let path = "/1.0/operations/\(operation)"
            let now: Running
            do { now = try await get("\(path)/wait?timeout=\(left)") } catch let no as Refusal {
                if no.isNotFound { throw LostOperation() }
                // A wait whose time is over is answered by an error, as is the end of an operation that failed.
                guard let still: Running = try? await get(path), still.status_code < 200 else { throw no }
                now = still
            }
            if now.status_code == 200 { return now.metadata ?? .null }
            if now.status_code >= 400 { throw Refusal(status: now.status_code, message: now.err ?? now.status) }
            guard ContinuousClock.now < end else {
                throw SloopError(
                    .operationFailed, "Incus has not ended '\(now.description ?? operation)' within \(timeout)",
                    tip: "see it: incus operation show \(operation)")
            }
        }
    }

    // MARK: HTTP

    enum Method: String, Sendable { case GET, POST, PUT, PATCH, DELETE }

    enum Body: Sendable {
        case json(Data)
        /// A file between two pieces of text.
        case pieces([Piece])
    }

    enum Piece: Sendable {
        case text(String)
        case file(path: String, size: Int)
    }

    private func bytes(
        _ method: Method, _ path: String, _ body: Body? = nil, _ headers: [(String, String)] = []
    ) async throws -> Data {
        let end = ContinuousClock.now + patience
        var pause = Duration.milliseconds(50)
        while true {
            do {
                let (status, data) = try await send(method, path, body, headers)
                guard status != 503 else { throw ShuttingDown() }
                // The wait for an operation that failed is answered by 200 and an error.
                if let no = refusal(status, data) { throw no }
                return data
            } catch let error where IncusClient.isAway(error) {
                guard ContinuousClock.now < end else {
                    throw SloopError(
                        .unreachable, "Incus does not answer on \(server.name): \(error)",
                        tip: "start it, or set it up: scripts/install-incus", cause: error)
                }
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(2))
        }
    }

    private func send(
        _ method: Method, _ path: String, _ body: Body?, _ headers: [(String, String)]
    ) async throws -> (Int, Data) {
        var request = HTTPClientRequest(url: server.base + path)
        request.method = .init(rawValue: method.rawValue)
        // Without it the socket's path would be the host, which Incus answers with 400.
        request.headers.add(name: "Host", value: "incus")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        switch body {
        case .json(let data):
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(data: data))
        case .pieces(let pieces):
            request.body = .stream(PieceStream(pieces), length: .known(Int64(pieces.reduce(0) { $0 + $1.size })))
        case nil: break
        }
        let response = try await server.http.execute(request, timeout: .seconds(300))
        return (Int(response.status.code), Data(buffer: try await response.body.collect(upTo: 64 << 20)))
    }

    private func refusal(_ status: Int, _ data: Data) -> Refusal? {
        guard status >= 400 || data.starts(with: Data(#"{"type":"error""#.utf8)) else { return nil }
        let head = try? JSONDecoder().decode(Head.self, from: data)
        return Refusal(
            status: status >= 400 ? status : head?.error_code ?? 500,
            message: head?.error ?? String(decoding: data, as: UTF8.self))
    }

    /// Whether nobody was there, as opposed to somebody who said no.
    private static func isAway(_ error: any Error) -> Bool {
        !(error is Refusal || error is SloopError || error is CancellationError || error is DecodingError)
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ data: Data, _ path: String) throws -> Value {
        do { return try JSONDecoder().decode(type, from: data) } catch {
            throw SloopError(
                .unexpected, "Incus' answer to \(path) cannot be understood: \(error)",
                tip: "Sloop is made for Incus 6.0 and later")
        }
    }
}

extension IncusClient.Piece {
    var size: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .file(_, let size): size
        }
    }
}

/// Reads the pieces one after the other, a file a block at a time.
private struct PieceStream: AsyncSequence, Sendable {
    let pieces: [IncusClient.Piece]

    init(_ pieces: [IncusClient.Piece]) { self.pieces = pieces }

    func makeAsyncIterator() -> Iterator { Iterator(rest: pieces[...]) }

    struct Iterator: AsyncIteratorProtocol {
        var rest: ArraySlice<IncusClient.Piece>
        var file: FileHandle?

        mutating func next() async throws -> ByteBuffer? {
            while true {
                if let file {
                    if let data = try file.read(upToCount: 1 << 20), !data.isEmpty { return ByteBuffer(data: data) }
                    try file.close()
                    self.file = nil
                }
                switch rest.popFirst() {
                case .text(let text): return ByteBuffer(string: text)
                case .file(let path, _): file = try FileHandle(forReadingFrom: URL(filePath: path))
                case nil: return nil
                }
            }
        }
    }
}
