package import Foundation
package import HTTPTypes
import SloopModel

/// What a browser asks for.
package struct PageRequest: Sendable {
    package let method: HTTPRequest.Method
    /// The parts of the path, decoded: `["instances", "web"]`.
    package let path: [String]
    package let query: [String: String]
    package let headers: HTTPFields
    /// The host and the port that the browser was told to go to.
    package let authority: String?
    /// What a form brought along; empty for anything else.
    let form: FormFields
    /// Whether it came over TLS.
    package let isSecure: Bool
    /// The address that it came from.
    package let peer: String

    /// Nil if the target is none of a browser's: too long, or with what is no UTF-8.
    ///
    /// - Parameter target: path and query, as they were sent.
    package init?(
        method: HTTPRequest.Method, target: String, headers: HTTPFields, authority: String?, body: Data,
        isSecure: Bool, peer: String
    ) {
        let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard target.utf8.count < 4096, let first = halves.first, first.hasPrefix("/") else { return nil }
        var path: [String] = []
        for part in first.split(separator: "/") {
            guard let part = part.removingPercentEncoding else { return nil }
            path.append(part)
        }
        self.method = method
        self.path = path
        query = halves.count > 1 ? FormFields(String(halves[1])).values.compactMapValues(\.first) : [:]
        self.headers = headers
        self.authority = authority
        let isForm = headers[.contentType]?.hasPrefix("application/x-www-form-urlencoded") == true
        form = FormFields(isForm ? String(decoding: body, as: UTF8.self) : "")
        self.isSecure = isSecure
        self.peer = peer
    }

    /// The cookie of that name.
    func cookie(_ name: String) -> String? {
        for field in headers[values: .cookie] {
            for pair in field.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                if parts.count == 2, parts[0].drop(while: { $0 == " " }) == name { return String(parts[1]) }
            }
        }
        return nil
    }

    /// Whether another site had the browser send this. Browsers say so; what is no browser says nothing.
    ///
    /// The scheme is not compared: a proxy may speak TLS in our place.
    var isForeign: Bool {
        if let site = headers[.secFetchSite], site != "same-origin" && site != "none" { return true }
        guard let origin = headers[.origin] else { return false }
        return !["https://", "http://"].contains { origin == $0 + (authority ?? "") }
    }

    /// Whether the browser itself speaks TLS, with us or with a proxy.
    var isSentOverTLS: Bool { isSecure || headers[.forwardedProtocol]?.lowercased() == "https" }
}

/// The fields of a form, each with its values in the order in which they came.
package struct FormFields: Sendable {
    let values: [String: [String]]

    /// Reads `name=web&script=%0A`; what cannot be decoded is left out.
    init(_ text: String) {
        var values: [String: [String]] = [:]
        for pair in text.split(separator: "&").prefix(1000) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                $0.replacing("+", with: " ").removingPercentEncoding
            }
            guard let name = parts[0] else { continue }
            values[name, default: []].append(parts.count > 1 ? parts[1] ?? "" : "")
        }
        self.values = values
    }

    /// The field without the white space around it; empty if it is not there.
    subscript(_ name: String) -> String {
        (values[name]?.first ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A text of several lines. Browsers send them as Windows has them.
    func text(_ name: String) -> String {
        (values[name]?.first ?? "").replacing("\r\n", with: "\n")
    }

    /// The field as it was sent; empty if it is not there.
    func exact(_ name: String) -> String { values[name]?.first ?? "" }

    /// A whole number. Throws ``SloopModel/SloopError`` `invalidInput` that names the field.
    func number(_ name: String, _ label: String) throws -> Int {
        guard let number = Int(self[name]) else {
            throw SloopError(.invalidInput, "\(label) is a whole number, not '\(self[name].prefix(40))'")
        }
        return number
    }
}

extension HTTPField.Name {
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
    static let forwardedProtocol = HTTPField.Name("X-Forwarded-Proto")!
}
