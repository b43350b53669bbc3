/// Rows of cells for people, on the wire as one string: `|` after a cell and `;` after a row, which no name, plan or state
/// has. JSON has nothing to escape in it, so that it costs a copy on either side, where members cost a call each.
package struct TextRows: Codable, Sendable, Equatable {
    private var text: [UInt8] = []

    package init() {}

    package init(from decoder: any Decoder) throws {
        text = Array(try decoder.singleValueContainer().decode(String.self).utf8)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(String(decoding: text, as: UTF8.self))
    }

    /// Adds a cell to the row.
    package mutating func add(_ cell: String) { add { $0 += cell.utf8 } }

    /// Adds what the body appends, as a cell.
    package mutating func add(_ body: (inout [UInt8]) -> Void) {
        body(&text)
        text.append(TextRows.cellEnd)
    }

    /// Ends the row.
    package mutating func endRow() { text.append(TextRows.rowEnd) }

    /// All that was added, and where in it the cells are, row after row.
    package var layout: (text: [UInt8], cells: [Range<Int>]) {
        var cells: [Range<Int>] = []
        cells.reserveCapacity(text.count { $0 == TextRows.cellEnd })
        var start = 0
        text.withUnsafeBufferPointer { text in
            for (index, byte) in text.enumerated() where byte == TextRows.cellEnd || byte == TextRows.rowEnd {
                if byte == TextRows.cellEnd { cells.append(start..<index) }
                start = index + 1
            }
        }
        return (text, cells)
    }

    private static let cellEnd = UInt8(ascii: "|")
    private static let rowEnd = UInt8(ascii: ";")
}
