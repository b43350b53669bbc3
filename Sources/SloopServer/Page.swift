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

    /// The page of a list that is there as a whole, by the number of what was before it.
    static func slice<Thing>(_ things: [Thing], _ token: String?, call: String) throws -> (
        items: [Thing], next: String?
    ) {
        let start = min(max(0, Int(try number(token, call: call) ?? 0)), things.count)
        let end = min(start + size, things.count)
        return (Array(things[start..<end]), end < things.count ? self.token(call, String(end)) : nil)
    }

    /// What the token of a request says, for a list that goes by numbers.
    static func number(_ token: String?, call: String) throws -> Int64? {
        guard let key = try key(token, call: call) else { return nil }
        guard let number = Int64(key) else {
            throw SloopError(
                .invalidInput, "the page token is not one that \(call) gave", tip: "leave it out for the first page")
        }
        return number
    }
}
