import Foundation
import LightsailAPI
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import SloopModel

/// What the fake server answers to one call.
enum Reply: Sendable {
    case ok(any Encodable & Sendable)
    case error(SloopError)
    case raw(status: Int, body: String)
    /// Closes the connection without an answer.
    case hangUp
}

/// A server on a Unix socket that answers each call with the replies it was given, in turn; the last one repeats.
final class FakeSloop: Sendable {
    struct Request: Sendable {
        var target: String
        var body: String
    }

    let folder: String
    var socket: String { folder + "/sloop.sock" }

    private let replies: NIOLockedValueBox<[String: [Reply]]>
    private let received = NIOLockedValueBox<[Request]>([])

    private init(_ replies: [(any LightsailOperation.Type, [Reply])]) throws {
        self.replies = NIOLockedValueBox(Dictionary(uniqueKeysWithValues: replies.map { ($0.0.target, $0.1) }))
        var template = Array("/tmp/sloop-cli-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Runs a test against a server with these replies, which is gone with its folder afterwards.
    static func run(
        _ replies: [(any LightsailOperation.Type, [Reply])] = [], _ test: (FakeSloop) async throws -> Void
    ) async throws {
        let fake = try FakeSloop(replies)
        defer { try? FileManager.default.removeItem(atPath: fake.folder) }
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(ReplyHandler(fake))
                }
            }
            .bind(unixDomainSocketPath: fake.socket).get()
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await test(fake)) } catch { outcome = .failure(error) }
        try await channel.close().get()
        try outcome.get()
    }

    /// The bodies of the calls to an operation, in the order they came, each with its members in alphabetical order.
    func bodies(_ operation: any LightsailOperation.Type) -> [String] {
        received.withLockedValue { $0.filter { $0.target == operation.target }.map { Self.sorted($0.body) } }
    }

    private static func sorted(_ body: String) -> String {
        guard let object = try? JSONSerialization.jsonObject(with: Data(body.utf8)),
            let data = try? JSONSerialization.data(
                withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
        else { return body }
        return String(decoding: data, as: UTF8.self)
    }

    /// The names of the calls, in the order they came.
    var calls: [String] {
        received.withLockedValue { $0.map { String($0.target.split(separator: ".").last ?? "") } }
    }

    func write(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
        return "\(folder)/\(name)"
    }

    func read(_ name: String) throws -> String { try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) }

    fileprivate func reply(to request: Request) -> Reply {
        received.withLockedValue { $0.append(request) }
        return replies.withLockedValue { replies in
            guard let queue = replies[request.target], let next = queue.first else {
                return .error(SloopError(.unexpected, "the test has no reply to \(request.target)"))
            }
            if queue.count > 1 { replies[request.target]?.removeFirst() }
            return next
        }
    }
}

private final class ReplyHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let fake: FakeSloop
    private var target = ""
    private var body = ByteBuffer()

    init(_ fake: FakeSloop) { self.fake = fake }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            target = head.headers.first(name: "X-Amz-Target") ?? ""
            body.clear()
        case .body(var part):
            body.writeBuffer(&part)
        case .end:
            answer(fake.reply(to: .init(target: target, body: String(buffer: body))), context)
        }
    }

    private func answer(_ reply: Reply, _ context: ChannelHandlerContext) {
        do {
            switch reply {
            case .ok(let value):
                send(200, try WireCoding.encode(value), context)
            case .error(let error):
                let exception = LightsailException(error)
                send(exception.status, try WireCoding.encode(exception), context)
            case .raw(let status, let body):
                send(status, Data(body.utf8), context)
            case .hangUp:
                context.close(promise: nil)
            }
        } catch {
            context.close(promise: nil)
        }
    }

    private func send(_ status: Int, _ body: Data, _ context: ChannelHandlerContext) {
        let head = HTTPResponseHead(
            version: .http1_1, status: .init(statusCode: status), headers: ["Content-Length": "\(body.count)"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
