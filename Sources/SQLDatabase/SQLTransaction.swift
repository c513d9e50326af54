/// A transaction, lent to a closure.
///
/// It commits when the closure returns and rolls back when it throws.
///
/// The closure runs on a thread that belongs to the database, never on one of Swift's concurrency threads, and its calls
/// block that thread. It must not keep the transaction or wait for other work. A statement that fails dooms the
/// transaction on both databases: later calls throw, and it rolls back even if the closure returns.
public protocol SQLTransaction: AnyObject {
    /// Which database this is, for the few statements that differ.
    var dialect: SQLDialect { get }

    /// Runs a query and turns each row into a value.
    ///
    /// Parameters are written `$1`, `$2`, … on both databases. `row` may not run statements: they throw `syntax`.
    func query<Value>(
        _ sql: String,
        _ parameters: [SQLValue],
        row: (any SQLRow) throws -> Value
    ) throws -> [Value]

    /// Runs a statement and returns the number of rows that it changed.
    @discardableResult
    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int

    /// Inserts or merges many rows and returns the number of rows that it changed.
    @discardableResult
    func upsert(_ upsert: BulkUpsert) throws -> Int

    /// Runs several statements without parameters, separated by semicolons.
    func executeScript(_ sql: String) throws
}

extension SQLTransaction {
    /// Runs a query without parameters.
    public func query<Value>(_ sql: String, row: (any SQLRow) throws -> Value) throws -> [Value] {
        try self.query(sql, [], row: row)
    }

    /// Runs a statement without parameters.
    @discardableResult
    public func execute(_ sql: String) throws -> Int {
        try self.execute(sql, [])
    }
}

/// The two databases that Tapedeck speaks to.
public enum SQLDialect: String, Hashable, Sendable {
    case sqlite
    case postgres
}
