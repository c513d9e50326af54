/// The current row of a result in binary format, read in place.
///
/// One object serves all rows of a result, one after another.
final class PostgresRow: SQLRow {
    private let columnTypes: [UInt32]
    // Each value that is read looks at these. A row belongs to one thread, and nothing is called while one of them changes,
    // so there is no conflict for the runtime to look for; its search took a fifth of the time of a long read.
    @exclusivity(unchecked) private var result: PostgresResult
    @exclusivity(unchecked) private var index = 0
    /// Whether the row's closure runs, so that there is something to read.
    @exclusivity(unchecked) private var isCurrent = false

    private init(_ result: consuming PostgresResult) {
        self.columnTypes = (0..<result.columnCount).map { result.type(ofColumn: $0) }
        self.result = result
    }

    /// Lends each row in a result; `row` is the object that is used again for the same command, nil at first.
    static func lendEach(
        in result: consuming PostgresResult,
        reusing row: inout PostgresRow?,
        to body: (any SQLRow) throws -> Void
    ) rethrows {
        let rowCount = result.rowCount
        guard case .rows = result.status, rowCount > 0 else { return }
        let current: PostgresRow
        if let row {
            current = row
            current.result = result
        } else {
            current = PostgresRow(result)
            row = current
        }
        current.isCurrent = true
        defer { current.isCurrent = false }
        for index in 0..<rowCount {
            current.index = index
            try body(current)
        }
    }

    var columnCount: Int { self.columnTypes.count }

    func isNull(_ column: Int) -> Bool {
        self.isCurrent && self.columnTypes.indices.contains(column)
            && self.result.isNull(row: self.index, column: column)
    }

    func integer(_ column: Int) throws(SQLError) -> Int64 {
        let type = try self.type(column, wanted: "an integer")
        switch type {
        case PostgresType.bigint: return self.bigEndian(column, as: Int64.self)
        case PostgresType.integer: return Int64(self.bigEndian(column, as: Int32.self))
        case PostgresType.smallint: return Int64(self.bigEndian(column, as: Int16.self))
        case PostgresType.boolean: return Int64(self.bigEndian(column, as: UInt8.self))
        case PostgresType.objectID: return Int64(self.bigEndian(column, as: UInt32.self))
        default: throw self.mismatch(column, type, wanted: "an integer")
        }
    }

    func double(_ column: Int) throws(SQLError) -> Double {
        let type = try self.type(column, wanted: "a double")
        switch type {
        case PostgresType.double: return Double(bitPattern: self.bigEndian(column, as: UInt64.self))
        case PostgresType.real: return Double(Float(bitPattern: self.bigEndian(column, as: UInt32.self)))
        default: throw self.mismatch(column, type, wanted: "a double")
        }
    }

    func text(_ column: Int) throws(SQLError) -> String {
        let type = try self.type(column, wanted: "a text")
        switch type {
        case PostgresType.text, PostgresType.varchar, PostgresType.character, PostgresType.name:
            let text = self.result.withValue(row: self.index, column: column) { String(validating: $0, as: UTF8.self) }
            // A database in the encoding SQL_ASCII stores whatever it is given.
            guard let text else {
                throw .unexpectedType(column: column, held: "a text that is not UTF-8", wanted: "a text")
            }
            return text
        default: throw self.mismatch(column, type, wanted: "a text")
        }
    }

    func blob(_ column: Int) throws(SQLError) -> [UInt8] {
        let type = try self.type(column, wanted: "a blob")
        guard type == PostgresType.bytes else { throw self.mismatch(column, type, wanted: "a blob") }
        return self.result.withValue(row: self.index, column: column) { Array($0) }
    }

    /// The column's type.
    ///
    /// Throws when there is no such column or it is NULL.
    private func type(_ column: Int, wanted: String) throws(SQLError) -> UInt32 {
        guard self.isCurrent else {
            throw SQLError(.unexpectedType, "the row was read after its closure had returned")
        }
        guard self.columnTypes.indices.contains(column) else {
            throw SQLError(.unexpectedType, "column \(column): the row has \(self.columnCount) columns")
        }
        guard !self.result.isNull(row: self.index, column: column) else {
            throw .unexpectedType(column: column, held: "NULL", wanted: wanted)
        }
        return self.columnTypes[column]
    }

    private func mismatch(_ column: Int, _ type: UInt32, wanted: String) -> SQLError {
        .unexpectedType(column: column, held: PostgresType.label(type), wanted: wanted)
    }

    /// Reads a number of a type whose size on the wire is fixed.
    private func bigEndian<Number: FixedWidthInteger>(_ column: Int, as type: Number.Type) -> Number {
        self.result.withValue(row: self.index, column: column) { Number(bigEndian: $0.loadUnaligned(as: Number.self)) }
    }
}
