import Foundation

/// The JSON of a body, written in one pass: members in the order in which their type names them, those of a dictionary by
/// name, absent ones left out.
///
/// Foundation's encoder first builds a tree and sorts it, which was most of the time of a page of instances.
final class WireWriter {
    private(set) var bytes: [UInt8] = []
    /// The objects and lists that are open, outermost first: what ends each, and whether something is in it.
    private var open: [(end: UInt8, isEmpty: Bool)] = []

    var depth: Int { open.count }

    /// Writes the value, and ends what it left open.
    func write<Value: Encodable>(_ value: Value) throws {
        if Value.self == Date.self, let date = value as? Date { return try put(date) }
        let (start, depth) = (bytes.count, open.count)
        if let members = value as? any MembersByName {
            try members.write(to: self)
        } else {
            try value.encode(to: WireEncoder(writer: self, depth: depth))
        }
        close(to: depth)
        guard bytes.count > start else {
            throw EncodingError.invalidValue(value, .init(codingPath: [], debugDescription: "it has no JSON"))
        }
    }

    // MARK: Structure

    /// Opens an object or a list at that depth, or goes on with the one that its value opened before.
    func enter(_ start: Character, _ end: Character, at depth: Int) -> Int {
        if open.count > depth {
            close(to: depth + 1)
        } else {
            bytes.append(start.asciiValue!)
            open.append((end.asciiValue!, true))
        }
        return depth + 1
    }

    /// Makes room for the next member of what is open at that depth.
    func next(at depth: Int) {
        close(to: depth)
        if !open[depth - 1].isEmpty { bytes.append(UInt8(ascii: ",")) }
        open[depth - 1].isEmpty = false
    }

    func name(_ name: String, at depth: Int) {
        next(at: depth)
        put(name)
        bytes.append(UInt8(ascii: ":"))
    }

    private func close(to depth: Int) {
        while open.count > depth { bytes.append(open.removeLast().end) }
    }

    // MARK: Values

    func putNull() { bytes += "null".utf8 }

    func put(_ value: Bool) { bytes += (value ? "true" : "false").utf8 }

    func put(_ value: some BinaryInteger) { bytes += String(value).utf8 }

    /// Whole numbers have no fraction.
    func put(_ value: Double) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(value, .init(codingPath: [], debugDescription: "JSON has no such number"))
        }
        if let whole = Int(exactly: value), whole.magnitude < 1 << 53 { return put(whole) }
        bytes += value.description.utf8
    }

    /// Seconds since 1970. A Date counts from 2001: without rounding, the way to 1970 adds digits that nobody sent.
    private func put(_ date: Date) throws {
        let milliseconds = (date.timeIntervalSince1970 * 1000).rounded()
        try put(milliseconds.isFinite ? milliseconds / 1000 : date.timeIntervalSince1970)
    }

    func put(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            var start = 0
            for (index, byte) in utf8.enumerated() where WireWriter.needsEscape[Int(byte)] {
                bytes.append(contentsOf: utf8[start..<index])
                escape(byte)
                start = index + 1
            }
            bytes.append(contentsOf: utf8[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static let needsEscape = (0...255).map { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }

    private func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): bytes += "\\\"".utf8
        case UInt8(ascii: "\\"): bytes += "\\\\".utf8
        case UInt8(ascii: "\n"): bytes += "\\n".utf8
        case UInt8(ascii: "\r"): bytes += "\\r".utf8
        case UInt8(ascii: "\t"): bytes += "\\t".utf8
        default:
            let digits = String(byte, radix: 16)
            bytes += "\\u00\(digits.count < 2 ? "0" : "")\(digits)".utf8
        }
    }
}

/// A dictionary, which has its members in another order in every process.
protocol MembersByName {
    func write(to writer: WireWriter) throws
}

extension Dictionary: MembersByName where Key == String, Value: Encodable {
    func write(to writer: WireWriter) throws {
        let depth = writer.enter("{", "}", at: writer.depth)
        for (name, value) in sorted(by: { $0.key < $1.key }) {
            writer.name(name, at: depth)
            try writer.write(value)
        }
    }
}
