/// Rows under upper-case headers; every column as wide as its widest cell.
struct Table {
    struct Column {
        var title: String
        var isNumber = false
        /// Whether the cells are states, which have colours.
        var isState = false
    }

    var columns: [Column]
    var rows: [[String]] = []
    /// Rows under the others that are sums, set in bold.
    var totals: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// The lines of the table; an empty cell shows as `-`, but in a total as nothing.
    func text(_ style: Style) -> String {
        var widths = columns.map(\.title.width)
        for row in [rows, totals].joined() {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.width) }
        }
        let spaces = [UInt8](repeating: UInt8(ascii: " "), count: 2 + (widths.max() ?? 0) * 2)
        // Bytes, since ten thousand rows are a million characters.
        var lines: [UInt8] = []
        lines.reserveCapacity((rows.count + totals.count + 1) * (widths.reduce(0, +) + 2 * widths.count))
        func add(_ row: [String], blank: String = "", _ paint: (Column, String) -> String) {
            var gap = 0
            for (index, text) in row.enumerated() {
                let cell = text.isEmpty ? blank : text
                let space = widths[index] - cell.width
                let isNumber = columns[index].isNumber
                lines += spaces[..<(gap + (isNumber ? space : 0))]
                lines += paint(columns[index], cell).utf8
                gap = 2 + (isNumber ? 0 : space)
            }
            while lines.last == UInt8(ascii: " ") { lines.removeLast() }
            lines.append(UInt8(ascii: "\n"))
        }
        add(columns.map(\.title)) { style.dim($1) }
        for row in rows {
            add(row, blank: "-") { column, cell in column.isState ? style.state(cell, cell) : cell }
        }
        for row in totals { add(row) { style.bold($1) } }
        return String(decoding: lines.dropLast(), as: UTF8.self)
    }
}

extension Table.Column: ExpressibleByStringLiteral {
    init(stringLiteral value: String) { self.init(title: value) }

    static func number(_ title: String) -> Table.Column { Table.Column(title: title, isNumber: true) }
    static func state(_ title: String) -> Table.Column { Table.Column(title: title, isState: true) }
}

extension String {
    /// How many places it takes.
    fileprivate var width: Int { utf8.allSatisfy { $0 < 0x80 } ? utf8.count : count }
}
