public import MarketData

/// How much the database holds.
public struct StoreStatistics: Hashable, Sendable {
    /// One of the store's tables.
    public struct Table: Hashable, Sendable {
        /// How a number of rows was found.
        public enum Accuracy: String, Hashable, Sendable {
            /// Every row was counted.
            case exact
            /// The database's own estimate.
            case estimate
            /// Counting stopped there: the table has as many rows or more.
            case atLeast
        }

        /// The table's name.
        public let name: String
        /// How many rows it has.
        public let rowCount: Int
        /// How that number was found.
        public let accuracy: Accuracy
        /// The bytes on disk with indexes, nil where the database does not tell them by table (SQLite).
        public let byteCount: Int?
    }

    /// The tables, by name.
    public let tables: [Table]
    /// The bars in the blocks of `bars_packed`, whose rows are blocks; nil where there are too many to be counted.
    public let packedBarCount: Int?
    /// The bytes of the whole database: the SQLite file without its write-ahead log, or the Postgres database with all
    /// that is in it.
    public let databaseByteCount: Int
    /// How the database has grown of late, nil while no worker has noted its size.
    public let growth: DatabaseGrowth?

    /// The figures of one table.
    public func table(_ name: String) -> Table? {
        self.tables.first { $0.name == name }
    }
}

/// How a database's size has changed.
public struct DatabaseGrowth: Hashable, Sendable {
    /// The bytes that it has more than then; below zero when it has shrunk.
    public let byteCount: Int
    /// When the size was noted that is compared with: a day ago, or the oldest there is.
    public let since: Timestamp
}
