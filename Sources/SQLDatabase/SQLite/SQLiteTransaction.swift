import GRDBSQLite

/// A transaction on one SQLite connection.
///
/// Like on Postgres, a failed statement dooms the transaction: every later call throws the same error, and it rolls
/// back even when the closure swallowed the error.
final class SQLiteTransaction: SQLTransaction {
    private let connection: OpaquePointer
    private let statements: SQLiteStatementCache
    private let interruption: SQLiteInterruption
    private var failure: SQLError?
    private var isOver = false
    private var isReadingRows = false

    init(connection: OpaquePointer, statements: SQLiteStatementCache, interruption: SQLiteInterruption) {
        self.connection = connection
        self.statements = statements
        self.interruption = interruption
    }

    var dialect: SQLDialect { .sqlite }

    func query<Value>(
        _ sql: String,
        _ parameters: [SQLValue],
        row: (any SQLRow) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        try self.forEachRow(sql, parameters) { values.append(try row($0)) }
        return values
    }

    /// Runs a query and hands over each row.
    func forEachRow(_ sql: String, _ parameters: [SQLValue], _ body: (SQLiteRow) throws -> Void) throws {
        try self.withStatement(sql) { statement in
            try self.dooming { () throws(SQLError) in try statement.bind(parameters) }
            self.isReadingRows = true
            defer { self.isReadingRows = false }
            guard try self.step(statement) else { return }
            // Not before the first step, which compiles the statement anew where the schema has changed.
            let row = SQLiteRow(statement: statement)
            repeat { try body(row) } while try self.step(statement)
        }
    }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
        try self.withStatement(sql) { statement in
            let before = sqlite3_total_changes64(self.connection)
            try self.dooming { () throws(SQLError) in try statement.bind(parameters) }
            while try self.step(statement) {}
            return self.changes(since: before)
        }
    }

    func executeScript(_ sql: String) throws {
        try self.checkUsable()
        try self.dooming { () throws(SQLError) in
            guard !sql.utf8.contains(0) else { throw SQLError(.syntax, "the script has a zero character") }
            let result = sql.withCString { start -> Result<Void, SQLError> in
                Result { () throws(SQLError) in try self.runAll(from: start) }
            }
            try result.get()
        }
    }

    func upsert(_ upsert: BulkUpsert) throws -> Int {
        let rowCount = try self.dooming { () throws(SQLError) in try upsert.rowCount() }
        guard rowCount > 0 else {
            try self.checkUsable()
            return 0
        }
        return try self.withStatement(upsert.sqliteStatement) { statement in
            try self.dooming { () throws(SQLError) in try self.run(upsert, rowCount, with: statement) }
        }
    }

    /// Ends the closure's use of the transaction.
    ///
    /// Throws what forbids to commit it.
    func finish() throws(SQLError) {
        self.isOver = true
        if let failure = self.failure { throw failure }
        if let error = self.interruption.error { throw error }
    }

    /// Ends the closure's use of a transaction that is rolled back.
    func abandon() {
        self.isOver = true
    }

    private func withStatement<Result>(_ sql: String, _ body: (SQLiteStatement) throws -> Result) throws -> Result {
        try self.checkUsable()
        let statement = try self.dooming { () throws(SQLError) in try self.statements.take(sql) }
        defer { self.statements.put(statement, for: sql) }
        return try body(statement)
    }

    private func step(_ statement: SQLiteStatement) throws(SQLError) -> Bool {
        try self.dooming { () throws(SQLError) in try statement.step() }
    }

    private func checkUsable() throws(SQLError) {
        if self.isOver { throw .transactionOver }
        if let failure = self.failure { throw failure }
        // SQLite could do it, Postgres cannot.
        if self.isReadingRows { throw .statementInRows }
        try self.dooming { () throws(SQLError) in
            if let error = self.interruption.error { throw error }
        }
    }

    /// Remembers the failure of a statement, told as an interruption where it was one.
    private func dooming<Result>(_ body: () throws(SQLError) -> Result) throws(SQLError) -> Result {
        do {
            return try body()
        } catch {
            let told = error.sqlState == String(SQLITE_INTERRUPT) ? self.interruption.error ?? error : error
            self.failure = told
            throw told
        }
    }

    private func changes(since totalBefore: Int64) -> Int {
        // The counter of the last statement keeps its value over statements that are not INSERT, UPDATE or DELETE.
        sqlite3_total_changes64(self.connection) == totalBefore ? 0 : Int(sqlite3_changes64(self.connection))
    }

    private func runAll(from start: UnsafePointer<CChar>) throws(SQLError) {
        var next = start
        while let statement = try SQLiteStatement(next, end: &next, on: self.connection) {
            guard !statement.isTransactionControl else { throw .transactionControl }
            try statement.bind([])
            while try statement.step() {}
            if let error = self.interruption.error { throw error }
        }
    }

    private func run(
        _ upsert: BulkUpsert,
        _ rowCount: Int,
        with statement: SQLiteStatement
    ) throws(SQLError) -> Int {
        for (position, column) in upsert.columns.enumerated() {
            if case .constant(let value) = column.values { try statement.bind(value, at: position) }
        }
        var changed: Int64 = 0
        for row in 0..<rowCount {
            // Each row is too short a program for SQLite to ask by itself.
            if row % 1_024 == 0, let error = self.interruption.error { throw error }
            for position in upsert.columns.indices {
                try statement.bind(row, of: upsert.columns[position].values, at: position)
            }
            while try statement.step() {}
            changed += sqlite3_changes64(self.connection)
            statement.reset()
        }
        return Int(changed)
    }
}

extension SQLiteStatement {
    /// Gives the parameter at `position` its value in one row of a bulk upsert; constants have theirs already.
    fileprivate func bind(_ row: Int, of values: BulkUpsert.Values, at position: Int) throws(SQLError) {
        switch values {
        case .constant: break
        case .integers(let array): try self.bind(array[row], at: position)
        case .doubles(let array): try self.bind(array[row], at: position)
        case .texts(let array): try self.bind(array[row], at: position)
        case .optionalDoubles(let array):
            if let double = array[row] {
                try self.bind(double, at: position)
            } else {
                try self.bindNull(at: position)
            }
        }
    }
}
