/// How much the database holds.
public struct StoreStatistics: Hashable, Sendable {
    /// One of the store's tables.
    public struct Table: Hashable, Sendable {
        /// The table's name.
        public let name: String
        /// How many rows it has.
        public let rowCount: Int
        /// Whether the number of rows is the database's own estimate.
        public let isEstimate: Bool
        /// The bytes on disk with indexes, nil where the database does not tell them by table (SQLite).
        public let byteCount: Int?
    }

    /// The tables, by name.
    public let tables: [Table]
    /// The bytes of the whole database: the SQLite file without its write-ahead log, or the Postgres database with all
    /// that is in it.
    public let databaseByteCount: Int

    /// The figures of one table.
    public func table(_ name: String) -> Table? {
        self.tables.first { $0.name == name }
    }
}
