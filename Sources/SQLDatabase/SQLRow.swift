/// The current row of a result.
///
/// It is valid only inside the closure that receives it.
///
/// Columns are counted from 0. The typed readers throw `unexpectedType` for NULL or another type, naming the column's
/// position, never its value.
public protocol SQLRow: AnyObject {
    /// The number of columns.
    var columnCount: Int { get }
    /// Whether the column is NULL.
    func isNull(_ column: Int) -> Bool
    /// A BIGINT, INTEGER, SMALLINT or BOOLEAN (0 or 1).
    func integer(_ column: Int) throws(SQLError) -> Int64
    /// A DOUBLE PRECISION or REAL; SQLite's integers are converted where that is exact.
    func double(_ column: Int) throws(SQLError) -> Double
    /// A TEXT.
    func text(_ column: Int) throws(SQLError) -> String
    /// A BYTEA or BLOB.
    func blob(_ column: Int) throws(SQLError) -> [UInt8]
}

extension SQLRow {
    /// An integer, or nil for NULL.
    public func integerIfPresent(_ column: Int) throws(SQLError) -> Int64? {
        self.isNull(column) ? nil : try self.integer(column)
    }

    /// A double, or nil for NULL.
    public func doubleIfPresent(_ column: Int) throws(SQLError) -> Double? {
        self.isNull(column) ? nil : try self.double(column)
    }

    /// A text, or nil for NULL.
    public func textIfPresent(_ column: Int) throws(SQLError) -> String? {
        self.isNull(column) ? nil : try self.text(column)
    }
}
