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
        let cells = rows.map { $0.map { $0.isEmpty ? "-" : $0 } }
        let widths = columns.indices.map { index in
            ([columns[index].title] + (cells + totals).map { $0[index] }).map(\.count).max() ?? 0
        }
        func line(_ row: [String], _ paint: (Column, String, String) -> String) -> String {
            var line = ""
            var gap = ""
            for (index, cell) in row.enumerated() {
                let space = String(repeating: " ", count: widths[index] - cell.count)
                let painted = paint(columns[index], cell, cell)
                line += gap + (columns[index].isNumber ? space + painted : painted)
                gap = "  " + (columns[index].isNumber ? "" : space)
            }
            return line.trimmingSpaces
        }
        let header = line(columns.map(\.title)) { _, text, _ in style.dim(text) }
        let body = cells.map { line($0) { column, text, cell in column.isState ? style.state(text, cell) : text } }
        let sums = totals.map { line($0) { _, text, _ in style.bold(text) } }
        return ([header] + body + sums).joined(separator: "\n")
    }
}

extension Table.Column: ExpressibleByStringLiteral {
    init(stringLiteral value: String) { self.init(title: value) }

    static func number(_ title: String) -> Table.Column { Table.Column(title: title, isNumber: true) }
    static func state(_ title: String) -> Table.Column { Table.Column(title: title, isState: true) }
}

extension String {
    /// Without the spaces at its end.
    fileprivate var trimmingSpaces: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
