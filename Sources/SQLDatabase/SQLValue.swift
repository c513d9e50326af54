/// A parameter of a statement.
public enum SQLValue: Hashable, Sendable {
    case null
    /// BIGINT, INTEGER.
    case integer(Int64)
    /// DOUBLE PRECISION, REAL.
    case double(Double)
    /// TEXT.
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

    /// Creates a statement.
    public init(_ sql: String, _ parameters: [SQLValue] = []) {
        self.sql = sql
        self.parameters = parameters
    }
}
