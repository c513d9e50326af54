import GRDBSQLite

/// The row on which a statement stands, read straight from SQLite's memory.
final class SQLiteRow: SQLRow {
    let columnCount: Int
    private let statement: SQLiteStatement

    init(statement: SQLiteStatement) {
        self.statement = statement
        self.columnCount = statement.columnCount
    }

    func isNull(_ column: Int) -> Bool {
        (try? self.type(column)) == SQLITE_NULL
    }

    func integer(_ column: Int) throws(SQLError) -> Int64 {
        let value = try self.value(column)
        let type = value.type
        guard type == SQLITE_INTEGER else { throw self.mismatch(column, type, wanted: "an integer") }
        return value.integer
    }

    func double(_ column: Int) throws(SQLError) -> Double {
        let value = try self.value(column)
        let type = value.type
        if type == SQLITE_FLOAT { return value.double }
        guard type == SQLITE_INTEGER, let exact = Double(exactly: value.integer) else {
            throw self.mismatch(column, type, wanted: "a double")
        }
        return exact
    }

    func text(_ column: Int) throws(SQLError) -> String {
        let type = try self.type(column)
        guard type == SQLITE_TEXT else { throw self.mismatch(column, type, wanted: "a text") }
        return self.statement.text(column)
    }

    func blob(_ column: Int) throws(SQLError) -> [UInt8] {
        let type = try self.type(column)
        guard type == SQLITE_BLOB else { throw self.mismatch(column, type, wanted: "a blob") }
        return self.statement.blob(column)
    }

    private func type(_ column: Int) throws(SQLError) -> Int32 {
        try self.value(column).type
    }

    private func value(_ column: Int) throws(SQLError) -> SQLiteValue {
        guard self.statement.isOnRow else {
            throw SQLError(.unexpectedType, "the row was read after its closure had returned")
        }
        guard 0..<self.columnCount ~= column else {
            throw SQLError(.unexpectedType, "column \(column): the row has \(self.columnCount) columns")
        }
        return self.statement.value(column)
    }

    private func mismatch(_ column: Int, _ type: Int32, wanted: String) -> SQLError {
        let held =
            switch type {
            case SQLITE_NULL: "NULL"
            case SQLITE_INTEGER: "an integer"
            case SQLITE_FLOAT: "a double"
            case SQLITE_TEXT: "a text"
            default: "a blob"
            }
        return .unexpectedType(column: column, held: held, wanted: wanted)
    }
}
