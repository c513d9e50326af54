/// A result with the types of its columns.
final class PostgresRows {
    let result: PostgresResult
    let columnTypes: [UInt32]

    init(_ result: consuming PostgresResult) {
        self.columnTypes = (0..<result.columnCount).map { result.type(ofColumn: $0) }
        self.result = result
    }

    /// Turns each row into a value.
    func map<Value>(_ transform: (any SQLRow) throws -> Value) rethrows -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(self.result.rowCount)
        try self.forEach { values.append(try transform($0)) }
        return values
    }

    /// Lends each row in turn.
    func forEach(_ body: (any SQLRow) throws -> Void) rethrows {
        for index in 0..<self.result.rowCount {
            try body(PostgresRow(rows: self, index: index))
        }
    }
}

/// One row of a result in binary format, read in place.
struct PostgresRow: SQLRow {
    fileprivate let rows: PostgresRows
    fileprivate let index: Int

    var columnCount: Int { self.rows.columnTypes.count }

    func isNull(_ column: Int) -> Bool {
        !self.rows.columnTypes.indices.contains(column) || self.rows.result.isNull(row: self.index, column: column)
    }

    func integer(_ column: Int) throws(SQLError) -> Int64 {
        switch try self.type(column, wanted: "an integer") {
        case PostgresType.bigint: self.bigEndian(column, as: Int64.self)
        case PostgresType.integer: Int64(self.bigEndian(column, as: Int32.self))
        case PostgresType.smallint: Int64(self.bigEndian(column, as: Int16.self))
        case PostgresType.boolean: Int64(self.bigEndian(column, as: UInt8.self))
        case PostgresType.objectID: Int64(self.bigEndian(column, as: UInt32.self))
        default: throw self.mismatch(column, wanted: "an integer")
        }
    }

    func double(_ column: Int) throws(SQLError) -> Double {
        switch try self.type(column, wanted: "a double") {
        case PostgresType.double: Double(bitPattern: self.bigEndian(column, as: UInt64.self))
        case PostgresType.real: Double(Float(bitPattern: self.bigEndian(column, as: UInt32.self)))
        default: throw self.mismatch(column, wanted: "a double")
        }
    }

    func text(_ column: Int) throws(SQLError) -> String {
        switch try self.type(column, wanted: "a text") {
        case PostgresType.text, PostgresType.varchar, PostgresType.character, PostgresType.name:
            let text = self.rows.result.withValue(row: self.index, column: column) {
                String(validating: $0, as: UTF8.self)
            }
            // A database in the encoding SQL_ASCII stores whatever it is given.
            guard let text else { throw SQLError(.unexpectedType, "column \(column) is a text that is not UTF-8") }
            return text
        default: throw self.mismatch(column, wanted: "a text")
        }
    }

    func blob(_ column: Int) throws(SQLError) -> [UInt8] {
        switch try self.type(column, wanted: "a blob") {
        case PostgresType.bytes: self.rows.result.withValue(row: self.index, column: column) { Array($0) }
        default: throw self.mismatch(column, wanted: "a blob")
        }
    }

    /// The column's type.
    ///
    /// Throws when there is no such column or it is NULL.
    private func type(_ column: Int, wanted: String) throws(SQLError) -> UInt32 {
        guard self.rows.columnTypes.indices.contains(column) else {
            throw SQLError(.unexpectedType, "there is no column \(column), the row has \(self.columnCount)")
        }
        guard !self.rows.result.isNull(row: self.index, column: column) else {
            throw SQLError(.unexpectedType, "column \(column) is NULL, not \(wanted)")
        }
        return self.rows.columnTypes[column]
    }

    private func mismatch(_ column: Int, wanted: String) -> SQLError {
        let type = PostgresType.label(self.rows.columnTypes[column])
        return SQLError(.unexpectedType, "column \(column) is \(type), not \(wanted)")
    }

    /// Reads a number of a type whose size on the wire is fixed.
    private func bigEndian<Number: FixedWidthInteger>(_ column: Int, as type: Number.Type) -> Number {
        self.rows.result.withValue(row: self.index, column: column) { bytes in
            Number(bigEndian: bytes.loadUnaligned(as: Number.self))
        }
    }
}
