/// Rows of text under a header, in columns as wide as their widest cell.
struct TextTable {
    /// Which side of a column its cells stand on.
    enum Alignment { case left, right }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    /// Creates a table without rows.
    init(_ columns: [(title: String, alignment: Alignment)]) {
        self.columns = columns
    }

    /// Adds a row with a cell for each column.
    mutating func add(_ cells: [String]) {
        precondition(cells.count == self.columns.count, "Each column has a cell.")
        self.rows.append(cells)
    }

    /// The table with its header, one line a row, ending in a newline; only the header when there are no rows.
    var text: String {
        let titles = self.columns.map(\.title)
        let widths = titles.indices.map { column in
            ([titles] + self.rows).map { $0[column].count }.max() ?? 0
        }
        return ([titles] + self.rows).map { cells in
            let padded = cells.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - cells[column].count)
                return self.columns[column].alignment == .left ? cells[column] + space : space + cells[column]
            }
            let line = padded.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }
}
