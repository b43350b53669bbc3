import NIOCore
import NIOHTTP1

/// A call on its way: what to send, and who waits for the answer.
struct PendingCall: Sendable {
    var target: String
    var body: ByteBuffer
    var answer: EventLoopPromise<Answer>
}

/// The answer to a call, whole.
struct Answer: Sendable {
    var status: Int
    var body: ByteBuffer
}

/// Sends one call at a time over a keep-alive connection, and gathers its answer.
final class CallHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = PendingCall
    typealias OutboundOut = HTTPClientRequestPart

    private var waiting: EventLoopPromise<Answer>?
    private var status = 0
    private var body = ByteBuffer()

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let call = unwrapOutboundIn(data)
        guard waiting == nil, context.channel.isActive else { return call.answer.fail(ChannelError.ioOnClosedChannel) }
        waiting = call.answer
        body.clear()
        let headers: HTTPHeaders = [
            "Host": "sloop", "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": call.target,
            "Content-Length": "\(call.body.readableBytes)",
        ]
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/", headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(call.body))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            status = Int(head.status.code)
        case .body(var part):
            body.writeBuffer(&part)
        case .end:
            let answer = waiting
            waiting = nil
            answer?.succeed(Answer(status: status, body: body))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(ChannelError.eof)
        context.fireChannelInactive()
    }

    private func fail(_ error: any Error) {
        let answer = waiting
        waiting = nil
        answer?.fail(error)
    }
}
