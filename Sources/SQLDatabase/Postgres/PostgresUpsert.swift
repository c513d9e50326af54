/// A bulk upsert as one statement that takes an array a column, and its rows in batches of a bounded size.
struct PostgresUpsert {
    /// The rows that are sent at a time; larger upserts take several round trips of the same transaction.
    static let batchRowsMax = 10_000
    /// The bytes of texts, roughly, that are sent at a time.
    static let batchTextBytesMax = 8 << 20

    /// The statement, the same for every batch.
    let sql: String
    private let columns: [(name: String, values: BulkUpsert.Values)]
    private let rowCount: Int
    private var sentRowCount = 0

    /// Throws `syntax` when the columns differ in length.
    init(_ upsert: BulkUpsert) throws(SQLError) {
        self.rowCount = try upsert.rowCount()
        self.columns = upsert.columns
        let names = upsert.columns.map { Self.quoted($0.name) }.joined(separator: ", ")
        var selected: [String] = []
        var arrays: [String] = []
        for (index, column) in upsert.columns.enumerated() {
            if let arrayType = column.values.arrayType {
                arrays.append("$\(index + 1)::\(arrayType)")
                selected.append("rows.c\(arrays.count)")
            } else {
                selected.append("$\(index + 1)")
            }
        }
        let source: String
        if arrays.isEmpty {
            source = "VALUES (\(selected.joined(separator: ", ")))"
        } else {
            let aliases = arrays.indices.map { "c\($0 + 1)" }.joined(separator: ", ")
            source =
                "SELECT \(selected.joined(separator: ", ")) "
                + "FROM unnest(\(arrays.joined(separator: ", "))) AS rows(\(aliases))"
        }
        let table = upsert.table.split(separator: ".").map { Self.quoted(String($0)) }.joined(separator: ".")
        self.sql = "INSERT INTO \(table) (\(names)) \(source) \(upsert.onConflict)"
    }

    /// Whether rows are left to be sent.
    var hasMoreRows: Bool { self.sentRowCount < self.rowCount }

    /// The next batch's parameters.
    mutating func next() throws(SQLError) -> PostgresParameters {
        let rows = self.sentRowCount..<self.batchEnd
        self.sentRowCount = rows.upperBound
        var parameters = PostgresParameters()
        for (_, values) in self.columns {
            switch values {
            case .constant(let value): try parameters.append(value)
            case .integers(let array): parameters.append(array[rows])
            case .doubles(let array): try parameters.append(array[rows])
            case .optionalDoubles(let array): try parameters.append(array[rows])
            case .texts(let array): try parameters.append(array[rows])
            }
        }
        return parameters
    }

    /// Where the batch ends that begins after the rows already sent; it holds one row at least.
    private var batchEnd: Int {
        let end = min(self.rowCount, self.sentRowCount + Self.batchRowsMax)
        let texts = self.columns.compactMap { column in
            if case .texts(let array) = column.values { array } else { nil }
        }
        guard !texts.isEmpty else { return end }
        var byteCount = 0
        for row in self.sentRowCount..<end {
            for array in texts { byteCount += array[row].utf8.count }
            if byteCount > Self.batchTextBytesMax { return max(row, self.sentRowCount + 1) }
        }
        return end
    }

    private static func quoted(_ identifier: String) -> String {
        "\"" + identifier.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

extension BulkUpsert.Values {
    /// The name of the array type that the values are sent as, nil for a constant.
    fileprivate var arrayType: String? {
        switch self {
        case .constant: nil
        case .integers: "bigint[]"
        case .doubles, .optionalDoubles: "double precision[]"
        case .texts: "text[]"
        }
    }
}
