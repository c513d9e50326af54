/// The prepared statements of one SQLite connection, the least recently used of which go first.
///
/// A statement in use is taken out.
final class SQLiteStatementCache {
    private struct Entry {
        let statement: SQLiteStatement
        var lastUse: UInt64
    }

    private let statementsMax: Int
    private let connection: OpaquePointer
    private var entries: [String: Entry] = [:]
    private var controls: [String: SQLiteStatement] = [:]
    private var useCount: UInt64 = 0

    init(statementsMax: Int, connection: OpaquePointer) {
        self.statementsMax = statementsMax
        self.connection = connection
    }

    /// Takes a statement out of the cache, or compiles it.
    ///
    /// Throws `syntax` or `undefinedObject`.
    func take(_ sql: String) throws(SQLError) -> SQLiteStatement {
        if let entry = self.entries.removeValue(forKey: sql) {
            return entry.statement
        }
        return try self.compile(sql)
    }

    /// Gives a statement back.
    func put(_ statement: SQLiteStatement, for sql: String) {
        statement.reset()
        statement.clearParameters()
        guard self.statementsMax > 0 else { return }
        self.useCount += 1
        self.entries[sql] = Entry(statement: statement, lastUse: self.useCount)
        if self.entries.count > self.statementsMax,
            let oldest = self.entries.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            self.entries.removeValue(forKey: oldest.key)
        }
    }

    /// Runs one of the driver's own statements, `BEGIN` and the like, which stays prepared.
    func control(_ sql: String) throws(SQLError) {
        let statement: SQLiteStatement
        if let kept = self.controls[sql] {
            statement = kept
        } else {
            statement = try self.compile(sql, allowingTransactionControl: true)
            self.controls[sql] = statement
        }
        defer { statement.reset() }
        while try statement.step() {}
    }

    /// Finalises all statements.
    func removeAll() {
        self.entries.removeAll()
        self.controls.removeAll()
    }

    private func compile(_ sql: String, allowingTransactionControl: Bool = false) throws(SQLError) -> SQLiteStatement {
        guard !sql.utf8.contains(0) else { throw SQLError(.syntax, "the statement has a zero character") }
        let result = sql.withCString { start -> Result<SQLiteStatement, SQLError> in
            do throws(SQLError) {
                var end = start
                guard let statement = try SQLiteStatement(start, end: &end, on: self.connection) else {
                    return .failure(SQLError(.syntax, "the statement is empty"))
                }
                guard try SQLiteStatement(end, end: &end, on: self.connection) == nil else {
                    return .failure(SQLError(.syntax, "one statement at a time: executeScript runs several"))
                }
                guard allowingTransactionControl || !statement.isTransactionControl else {
                    return .failure(.transactionControl)
                }
                return .success(statement)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
