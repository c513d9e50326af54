import GRDBSQLite

/// A prepared SQLite statement, finalised when it goes away.
///
/// It belongs to one connection and is used only on that connection's thread.
final class SQLiteStatement {
    /// Whether the statement stands on a row, so that columns can be read.
    private(set) var isOnRow = false
    /// Whether the statement starts or ends a transaction or savepoint.
    let isTransactionControl: Bool

    private let connection: OpaquePointer
    private let handle: OpaquePointer
    /// SQLite's own index of `$1`, `$2`, …: it numbers named parameters in the order of their first appearance.
    private let parameterIndices: [Int32]

    /// Compiles the first statement at `sql`, a text that ends with a zero byte.
    ///
    /// Returns nil where only white space and comments are left; `end` is where the next statement may begin.
    /// Throws `syntax` or `undefinedObject`.
    init?(
        _ sql: UnsafePointer<CChar>,
        end: inout UnsafePointer<CChar>,
        on connection: OpaquePointer
    ) throws(SQLError) {
        var handle: OpaquePointer?
        var tail: UnsafePointer<CChar>?
        let code = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, &tail)
        guard code == SQLITE_OK else {
            throw .sqlite(code, on: connection, isCompiling: true)
        }
        end = tail ?? sql
        guard let handle else { return nil }
        self.connection = connection
        self.handle = handle
        self.isTransactionControl = SQLText.isTransactionControl(sql)
        do {
            self.parameterIndices = try Self.parameterIndices(of: handle)
        } catch {
            sqlite3_finalize(handle)
            throw error
        }
    }

    deinit {
        sqlite3_finalize(self.handle)
    }

    /// How many parameters the statement has.
    var parameterCount: Int { self.parameterIndices.count }

    /// Executes up to the next row.
    ///
    /// Returns whether there is one.
    func step() throws(SQLError) -> Bool {
        switch sqlite3_step(self.handle) {
        case SQLITE_ROW:
            self.isOnRow = true
            return true
        case SQLITE_DONE:
            self.isOnRow = false
            return false
        case let code:
            self.isOnRow = false
            throw .sqlite(code, on: self.connection, isCompiling: false)
        }
    }

    /// Makes the statement ready to be stepped from its beginning; parameters keep their values.
    func reset() {
        self.isOnRow = false
        // It repeats the error of the last step, which has been thrown already.
        sqlite3_reset(self.handle)
    }

    /// Lets go of the parameters' values, which may be large.
    func clearParameters() {
        sqlite3_clear_bindings(self.handle)
    }

    private static func parameterIndices(of handle: OpaquePointer) throws(SQLError) -> [Int32] {
        let count = sqlite3_bind_parameter_count(handle)
        var indices = [Int32](repeating: 0, count: Int(count))
        for index in 1..<max(1, count + 1) {
            let name = sqlite3_bind_parameter_name(handle, index).map { String(cString: $0) } ?? "?"
            guard name.first == "$", let number = Int(name.dropFirst()), 1...Int(count) ~= number,
                indices[number - 1] == 0
            else {
                throw SQLError(.syntax, "parameter \(name): parameters are numbered $1, $2, … without gaps")
            }
            indices[number - 1] = index
        }
        return indices
    }
}

// MARK: - Parameters

extension SQLiteStatement {
    /// Gives all parameters their values.
    ///
    /// Throws `syntax` when their number or a value does not fit.
    func bind(_ values: [SQLValue]) throws(SQLError) {
        guard values.count == self.parameterCount else {
            throw SQLError(.syntax, "the statement has \(self.parameterCount) parameters, not \(values.count)")
        }
        for (position, value) in values.enumerated() {
            try self.bind(value, at: position)
        }
    }

    /// Gives the parameter at `position`, counted from 0, its value.
    func bind(_ value: SQLValue, at position: Int) throws(SQLError) {
        switch value {
        case .null: try self.bindNull(at: position)
        case .integer(let integer): try self.bind(integer, at: position)
        case .double(let double): try self.bind(double, at: position)
        case .text(let text): try self.bind(text, at: position)
        case .blob(let bytes): try self.bind(bytes, at: position)
        }
    }

    func bindNull(at position: Int) throws(SQLError) {
        try self.check(sqlite3_bind_null(self.handle, self.parameterIndices[position]))
    }

    func bind(_ integer: Int64, at position: Int) throws(SQLError) {
        try self.check(sqlite3_bind_int64(self.handle, self.parameterIndices[position], integer))
    }

    func bind(_ double: Double, at position: Int) throws(SQLError) {
        // SQLite would store NULL for it.
        guard !double.isNaN else { throw .notANumber(parameter: position + 1) }
        try self.check(sqlite3_bind_double(self.handle, self.parameterIndices[position], double))
    }

    func bind(_ text: String, at position: Int) throws(SQLError) {
        var text = text
        let index = self.parameterIndices[position]
        let code = text.withUTF8 { utf8 -> Int32? in
            guard !utf8.contains(0) else { return nil }
            // An empty buffer may have no address, which SQLite would take for NULL.
            guard let bytes = utf8.baseAddress else { return sqlite3_bind_text(self.handle, index, "", 0, nil) }
            return bytes.withMemoryRebound(to: CChar.self, capacity: utf8.count) {
                sqlite3_bind_text64(
                    self.handle,
                    index,
                    $0,
                    UInt64(utf8.count),
                    Self.transient,
                    UInt8(SQLITE_UTF8)
                )
            }
        }
        guard let code else { throw .zeroInText(parameter: position + 1) }
        try self.check(code)
    }

    func bind(_ bytes: [UInt8], at position: Int) throws(SQLError) {
        let index = self.parameterIndices[position]
        let code = bytes.withUnsafeBytes { buffer -> Int32 in
            guard let start = buffer.baseAddress, buffer.count > 0 else {
                return sqlite3_bind_zeroblob(self.handle, index, 0)
            }
            return sqlite3_bind_blob64(self.handle, index, start, UInt64(buffer.count), Self.transient)
        }
        try self.check(code)
    }

    /// Tells SQLite to copy what it is given (`SQLITE_TRANSIENT`, a macro that Swift does not see).
    private static var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    private func check(_ code: Int32) throws(SQLError) {
        guard code == SQLITE_OK else { throw .sqlite(code, on: self.connection, isCompiling: false) }
    }
}

// MARK: - Columns

extension SQLiteStatement {
    var columnCount: Int { Int(sqlite3_column_count(self.handle)) }

    /// A column of the current row, which is valid until the next step.
    func value(_ column: Int) -> SQLiteValue { SQLiteValue(handle: sqlite3_column_value(self.handle, Int32(column))) }

    func text(_ column: Int) -> String {
        guard let start = sqlite3_column_text(self.handle, Int32(column)) else { return "" }
        let count = Int(sqlite3_column_bytes(self.handle, Int32(column)))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func blob(_ column: Int) -> [UInt8] {
        guard let start = sqlite3_column_blob(self.handle, Int32(column)) else { return [] }
        let count = Int(sqlite3_column_bytes(self.handle, Int32(column)))
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }
}
