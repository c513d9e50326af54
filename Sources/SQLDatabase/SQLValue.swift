/// A parameter of a statement.
public enum SQLValue: Hashable, Sendable {
    case null
    /// BIGINT, INTEGER.
    case integer(Int64)
    /// DOUBLE PRECISION, REAL.
    ///
    /// NaN is refused with `syntax`: a missing number is NULL. SQLite's columns do not keep the sign of a negative zero;
    /// every other value, infinities included, is read back bit for bit.
    case double(Double)
    /// TEXT.
    ///
    /// A text with a zero character is refused with `syntax`, because Postgres cannot store it.
    case text(String)
    /// BYTEA, BLOB.
    case blob([UInt8])
}

/// A statement with its parameters, `$1` being the first.
public struct SQLStatement: Hashable, Sendable {
    /// The statement's text.
    public let sql: String
    /// The values of `$1`, `$2`, ….
    public let parameters: [SQLValue]
    /// The most rows that it can have, where that is known.
    ///
    /// A few thousand rows are received at once, which is faster; more, or nobody knows how many, one by one.
    public let rowsMax: Int?

    /// Creates a statement.
    public init(_ sql: String, _ parameters: [SQLValue] = [], rowsMax: Int? = nil) {
        self.sql = sql
        self.parameters = parameters
        self.rowsMax = rowsMax
    }
}
