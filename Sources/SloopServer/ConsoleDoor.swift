import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import ServiceLifecycle
package import SloopConsole

/// Lets browsers in to the console, on the address that also takes signed calls.
package struct ConsoleDoor: Sendable {
    private let console: Console
    private let isSecure: Bool

    package init(_ console: Console, isSecure: Bool) {
        self.console = console
        self.isSecure = isSecure
    }

    /// Whether a browser sends it, and no client of the API: those name a call or sign, and send to `/` alone.
    static func isBrowsers(_ request: Request) -> Bool {
        guard request.headers[.amazonTarget] == nil, request.headers[.authorization] == nil else { return false }
        let path = request.head.path ?? ""
        return switch request.method {
        case .get, .head: path.hasPrefix("/")
        case .post: path.hasPrefix("/") && path != "/"
        default: false
        }
    }

    func answer(_ request: Request, body: Data, peer: String) async -> Response {
        let page = PageRequest(
            method: request.method, target: request.head.path ?? "/", headers: request.headers,
            authority: request.head.authority, body: body, isSecure: isSecure, peer: peer)
        guard let page else { return Response(status: .badRequest) }
        let answer = await console.answer(page)
        return Response(status: answer.status, headers: answer.headers, body: self.body(of: answer, to: request.method))
    }

    private func body(of answer: PageAnswer, to method: HTTPRequest.Method) -> ResponseBody {
        // The answer to a HEAD has none: a browser would take it for the next answer.
        guard method != .head else { return ResponseBody() }
        switch answer.body {
        case .bytes(let data): return ResponseBody(byteBuffer: ByteBuffer(bytes: data))
        case .events(let stream):
            return ResponseBody { writer in
                do {
                    while let text = try await cancelWhenGracefulShutdown({ try await stream.next() }) {
                        try await writer.write(ByteBuffer(string: text))
                    }
                } catch is CancellationError {
                    // The server goes down; the page asks again when it is back.
                }
                try await writer.finish(nil)
            }
        }
    }
}
