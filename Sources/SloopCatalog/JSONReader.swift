import Foundation

/// Reads JSON to the letter of RFC 8259, and names the line of every fault.
///
/// Foundation's readers name no line on Linux, take a comma before a closing bracket, and silently keep one of two
/// members of the same name, which in a price list may be the wrong one.
struct JSONReader {
    /// Why a text is no JSON, e.g. `line 4: a , or } is missing`.
    struct Fault: Error {
        let reason: String
    }

    /// Far more than any file of ours; reading deeper would use up the stack.
    private static let deepest = 32

    private let bytes: [UInt8]
    private var at = 0
    private var depth = 0

    private init(_ data: Data) { bytes = [UInt8](data) }

    static func read(_ data: Data) throws(Fault) -> JSONValue {
        var reader = JSONReader(data)
        let value = try reader.value()
        if reader.next() != nil { throw reader.fault("something follows the end") }
        return value
    }

    private func fault(_ reason: String) -> Fault {
        Fault(reason: "line \(1 + bytes[..<min(at, bytes.count)].count { $0 == UInt8(ascii: "\n") }): \(reason)")
    }

    /// The next byte that is no space, not taken; nil at the end.
    private mutating func next() -> Character? {
        while at < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[at]) { at += 1 }
        return at < bytes.count ? Character(Unicode.Scalar(bytes[at])) : nil
    }

    /// Takes the byte if it is the next one.
    private mutating func take(_ wanted: Character) -> Bool {
        guard next() == wanted else { return false }
        at += 1
        return true
    }

    private mutating func value() throws(Fault) -> JSONValue {
        switch next() {
        case "{": return .object(try nested(JSONReader.object))
        case "[": return .list(try nested(JSONReader.list))
        case "\"": return .text(try text())
        case nil: throw fault("the file ends too early")
        default: return try word()
        }
    }

    private mutating func nested<Value>(
        _ read: (inout JSONReader) throws(Fault) -> Value
    ) throws(Fault) -> Value {
        guard depth < JSONReader.deepest else { throw fault("this is nested too deeply") }
        depth += 1
        at += 1
        let value = try read(&self)
        depth -= 1
        return value
    }

    private static func object(_ reader: inout JSONReader) throws(Fault) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        if reader.take("}") { return members }
        repeat {
            guard reader.next() == "\"" else { throw reader.fault("a name in quotes is missing") }
            let name = try reader.text()
            guard members[name] == nil else { throw reader.fault("'\(name)' is there again") }
            guard reader.take(":") else { throw reader.fault("a : is missing after '\(name)'") }
            members[name] = try reader.value()
        } while reader.take(",")
        guard reader.take("}") else { throw reader.fault("a , or } is missing") }
        return members
    }

    private static func list(_ reader: inout JSONReader) throws(Fault) -> [JSONValue] {
        var values: [JSONValue] = []
        if reader.take("]") { return values }
        repeat { values.append(try reader.value()) } while reader.take(",")
        guard reader.take("]") else { throw reader.fault("a , or ] is missing") }
        return values
    }

    /// Finds the end of the text here; what is escaped in it is Foundation's to read.
    private mutating func text() throws(Fault) -> String {
        let start = at
        at += 1
        while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
            guard bytes[at] >= 0x20 else { throw fault("a text does not end on its line") }
            at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard at < bytes.count else { throw fault("the file ends within a text") }
        at += 1
        guard let text = try? JSONDecoder().decode(String.self, from: Data(bytes[start..<at])) else {
            throw fault("a text is no UTF-8, or has a \\ before what cannot be escaped")
        }
        return text
    }

    private mutating func word() throws(Fault) -> JSONValue {
        let end = bytes[at...].firstIndex { !($0 > 0x20 && !",:]}[{\"".utf8.contains($0)) } ?? bytes.count
        let word = String(decoding: bytes[at..<end], as: UTF8.self)
        let value: JSONValue
        switch word {
        case "true", "false": value = .truth
        case "null": value = .null
        default:
            guard word.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/) != nil else {
                throw fault(word.isEmpty ? "a value is missing" : "'\(word.prefix(40))' is no value")
            }
            value = Int(word).map { .whole($0) } ?? .number
        }
        at = end
        return value
    }
}
