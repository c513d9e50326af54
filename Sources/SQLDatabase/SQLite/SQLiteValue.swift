import GRDBSQLite

/// A column of the row on which a statement stands.
///
/// SQLite looks the column up once for its type and its value together. Such values need a lock where several threads
/// share a connection; ours are used by one at a time, and opened without locks.
struct SQLiteValue {
    let handle: OpaquePointer?

    /// The storage class: `SQLITE_INTEGER`, `SQLITE_FLOAT`, ….
    var type: Int32 { sqlite3_value_type(self.handle) }

    var integer: Int64 { sqlite3_value_int64(self.handle) }

    var double: Double { sqlite3_value_double(self.handle) }
}
