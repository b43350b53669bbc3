import Foundation
import HTTPTypes
import LightsailAPI
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Watches one connection: a request that is no HTTP, or that takes too long to come, is answered and cut off here.
///
/// Nothing behind it sees the rest of such a request. The connection is kept for a moment, so that a client that is
/// still sending reads the answer rather than a reset.
final class RequestWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// The request was answered here; what waits for the rest of it gets this.
    struct Refused: Error {}

    private static let farewell = TimeAmount.seconds(1)

    private let patience: TimeAmount
    private var deadline: Scheduled<Void>?
    /// Requests whose answer did not go out yet.
    private var unanswered = 0
    private var isReading = false
    private var isAnswering = false
    /// To be sent when the answers before it are out.
    private var refusal: LightsailException?
    private var isOver = false

    init(patience: TimeAmount) { self.patience = patience }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver, refusal == nil else { return }
        switch unwrapInboundIn(data) {
        case .head:
            unanswered += 1
            isReading = true
            deadline = context.eventLoop.assumeIsolated().scheduleTask(in: patience) { [self] in
                refuse(
                    context,
                    LightsailException(
                        .requestTimeout,
                        message: "the request did not come within \(patience.nanoseconds / 1_000_000_000) seconds"))
            }
        case .body: break
        case .end:
            isReading = false
            stopClock()
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isOver else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        isAnswering = true
        let part = unwrapOutboundIn(data)
        context.write(data, promise: promise)
        guard case .end = part else { return }
        isAnswering = false
        unanswered -= 1
        if let refusal, unanswered == 0 { answer(context, refusal) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isOver, refusal == nil else { return }
        switch error {
        case HTTPParserError.headerOverflow:
            refuse(context, LightsailException(.requestTooLarge, message: "the headers of the request are too large"))
        case is HTTPParserError, is HTTP1TypeConversionError:
            refuse(context, LightsailException(.serialization, message: "this is not a request of HTTP/1.1"))
        default:
            // The connection itself is at fault.
            end(context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed where isOver: end(context)
        // The server goes down: who is still sending is not waited for.
        case is ChannelShouldQuiesceEvent where isOver || isReading: end(context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        stopClock()
        context.fireChannelInactive()
    }

    private func refuse(_ context: ChannelHandlerContext, _ refusal: LightsailException) {
        guard !isOver else { return }
        stopClock()
        let pending = isReading ? unanswered - 1 : unanswered
        if isAnswering || pending < 0 {
            // Its answer is out, or on its way: there is nothing to add.
            end(context)
        } else if pending > 0 {
            self.refusal = refusal
            // The one that is cut off gets the refusal for an answer.
            if isReading { unanswered -= 1 }
        } else {
            answer(context, refusal)
        }
    }

    private func answer(_ context: ChannelHandlerContext, _ refusal: LightsailException) {
        isOver = true
        let answer = Answer(refusal, id: UUID().uuidString.lowercased())
        var headers = answer.headers
        headers[.connection] = "close"
        headers[.contentLength] = "\(answer.body.readableBytes)"
        context.write(wrapOutboundOut(.head(HTTPResponse(status: answer.status, headerFields: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(answer.body)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(mode: .output, promise: nil)
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: Self.farewell) { [self] in end(context) }
    }

    private func end(_ context: ChannelHandlerContext) {
        isOver = true
        stopClock()
        context.fireErrorCaught(Refused())
        context.close(promise: nil)
    }

    private func stopClock() {
        deadline?.cancel()
        deadline = nil
    }
}
