import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import LightsailAPI
import NIOCore

extension HTTPField.Name {
    /// The header that names the call.
    static let amazonTarget = HTTPField.Name("x-amz-target")!
    private static let requestID = HTTPField.Name("x-amzn-requestid")!
    private static let errorType = HTTPField.Name("x-amzn-errortype")!

    /// What every answer has.
    static func answer(id: String, error: String?) -> HTTPFields {
        var headers: HTTPFields = [.contentType: WireCoding.contentType, requestID: id]
        if let error { headers[errorType] = error }
        return headers
    }
}

/// What goes back to a client: the body of an answer, or an error in AWS's form.
struct Answer {
    let status: HTTPResponse.Status
    let headers: HTTPFields
    let body: ByteBuffer

    init(body: Data, id: String) {
        status = .ok
        headers = HTTPField.Name.answer(id: id, error: nil)
        self.body = ByteBuffer(bytes: body)
    }

    init(_ error: LightsailException, id: String) {
        status = .init(code: error.status)
        headers = HTTPField.Name.answer(id: id, error: error.name.rawValue)
        body = ByteBuffer(bytes: (try? WireCoding.encode(error)) ?? Data("{}".utf8))
    }

    /// The answer to a HEAD has no body: a client would take it for the next answer.
    func response(to method: HTTPRequest.Method) -> Response {
        Response(
            status: status, headers: headers, body: method == .head ? ResponseBody() : ResponseBody(byteBuffer: body))
    }
}
