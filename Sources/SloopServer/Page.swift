import Foundation
import SloopModel

/// One page of a list, and the token by which a client asks for the next.
///
/// A token says after which name, or after how many, the next page begins. It belongs to its call.
struct Page {
    /// Things on one page.
    static let size = 100

    /// Makes a page of what was fetched: one more than fits, if there is more.
    static func cut<Thing>(_ things: [Thing], call: String, key: (Thing) -> String) -> (items: [Thing], next: String?) {
        guard things.count > size else { return (things, nil) }
        let items = Array(things.prefix(size))
        return (items, items.last.map { token(call, key($0)) })
    }

    static func token(_ call: String, _ key: String) -> String {
        Data("\(call)\n\(key)".utf8).base64EncodedString()
    }

    /// What the token of a request says; nil if there is none.
    static func key(_ token: String?, call: String) throws -> String? {
        guard let token, !token.isEmpty else { return nil }
        let parts = Data(base64Encoded: token).map { String(decoding: $0, as: UTF8.self) }?
            .split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard let parts, parts.count == 2, parts[0] == call else {
            throw SloopError(
                .invalidInput, "the page token is not one that \(call) gave",
                tip: "pass nextPageToken of the page before, unchanged; leave it out for the first page")
        }
        return String(parts[1])
    }

    /// How many things the pages before had, for a list that has no names.
    static func offset(_ token: String?, call: String) throws -> Int {
        guard let key = try key(token, call: call) else { return 0 }
        guard let offset = Int(key), (0...1_000_000_000).contains(offset) else {
            throw SloopError(.invalidInput, "the page token is not one that \(call) gave")
        }
        return offset
    }
}
