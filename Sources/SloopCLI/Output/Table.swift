import LightsailAPI

/// Rows under upper-case headers; every column as wide as its widest cell.
struct Table {
    struct Column {
        var title: String
        var isNumber = false
        /// Whether the cells are states, which have colours.
        var isState = false
    }

    let columns: [Column]
    /// Rows under the others that are sums, set in bold.
    var totals: [[String]] = []
    // All cells are bytes in one array, since tens of thousands of strings take longer to make than to show.
    private var bytes: [UInt8] = []
    private var cells: [Range<Int>] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// Takes rows as they came, but for a last one that is not whole.
    init(_ columns: [Column], _ rows: TextRows) {
        self.columns = columns
        (bytes, cells) = rows.layout
        cells.removeLast(cells.count % columns.count)
    }

    /// Each with a cell for each column.
    var rows: [[String]] {
        get { firstCells.map(row) }
        set {
            (bytes, cells) = ([], [])
            for row in newValue {
                precondition(row.count == columns.count)
                for cell in row {
                    let start = bytes.count
                    bytes += cell.utf8
                    cells.append(start..<bytes.count)
                }
            }
        }
    }

    /// Those that have this in that column.
    func rows(where column: Int, is value: String) -> [[String]] {
        firstCells.filter { bytes[cells[$0 + column]].elementsEqual(value.utf8) }.map(row)
    }

    /// Gives each cell with the number of its column, row after row.
    private func eachCell(_ body: (_ column: Int, _ cell: Range<Int>) -> Void) {
        var column = 0
        for cell in cells {
            body(column, cell)
            column = column + 1 == columns.count ? 0 : column + 1
        }
    }

    private var firstCells: StrideTo<Int> { stride(from: 0, to: cells.count, by: columns.count) }

    private func row(from first: Int) -> [String] {
        cells[first..<first + columns.count].map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    /// The lines of the table; an empty cell shows as `-`, but in a total as nothing.
    func text(_ style: Style) -> String { String(decoding: lines(style).dropLast(), as: UTF8.self) }

    /// The same, each with its end.
    func lines(_ style: Style) -> [UInt8] {
        let isPlain = bytes.allSatisfy { $0 < 0x80 }
        func width(_ cell: Range<Int>) -> Int {
            isPlain ? cell.count : String(decoding: bytes[cell], as: UTF8.self).count
        }
        var widths = columns.indices.map { index in
            totals.reduce(columns[index].title.count) { max($0, $1[index].count) }
        }
        eachCell { widths[$0] = max(widths[$0], width($1)) }

        var lines: [UInt8] = []
        let count = cells.count / columns.count + totals.count + 1
        lines.reserveCapacity(count * (widths.reduce(0, +) + 2 * columns.count))
        let spaces = [UInt8](repeating: UInt8(ascii: " "), count: 2 + (widths.max() ?? 0) * 2)
        var gap = 0
        func add(_ index: Int, _ width: Int, _ write: () -> Void) {
            let space = widths[index] - width
            let isNumber = columns[index].isNumber
            lines += spaces[..<(gap + (isNumber ? space : 0))]
            write()
            gap = 2 + (isNumber ? 0 : space)
            guard index == columns.count - 1 else { return }
            while lines.last == UInt8(ascii: " ") { lines.removeLast() }
            lines.append(UInt8(ascii: "\n"))
            gap = 0
        }
        for (index, column) in columns.enumerated() {
            add(index, column.title.count) { lines += style.dim(column.title).utf8 }
        }
        eachCell { column, cell in
            add(column, max(1, width(cell))) {
                if cell.isEmpty {
                    lines.append(UInt8(ascii: "-"))
                } else if style.isOn && columns[column].isState {
                    let state = String(decoding: bytes[cell], as: UTF8.self)
                    lines += style.state(state, state).utf8
                } else {
                    lines += bytes[cell]
                }
            }
        }
        for total in totals {
            for (index, cell) in total.enumerated() { add(index, cell.count) { lines += style.bold(cell).utf8 } }
        }
        return lines
    }
}

extension Table.Column: ExpressibleByStringLiteral {
    init(stringLiteral value: String) { self.init(title: value) }

    static func number(_ title: String) -> Table.Column { Table.Column(title: title, isNumber: true) }
    static func state(_ title: String) -> Table.Column { Table.Column(title: title, isState: true) }
}
