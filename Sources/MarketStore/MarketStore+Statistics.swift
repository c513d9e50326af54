import MarketData
import SQLDatabase

extension MarketStore {
    /// Rows of a table counted at most, which bounds what the statistics cost.
    public static let countedRowsMax = 100_000

    private static let tables = [
        "bars_cache", "bars_packed", "changed_day_checks", "database_sizes", "latest_fetches", "purchases",
        "quotes_cache", "series",
        "symbol_mappings", "trades",
    ]

    /// Row counts, sizes and growth.
    ///
    /// Of a table with more than `rowsMax` rows Postgres tells its estimate and SQLite, which has none, that there are at
    /// least so many.
    public func statistics(countingRows rowsMax: Int = countedRowsMax) async throws -> StoreStatistics {
        let clock = self.clock
        return try await self.database.read { transaction in
            let bytes = try Self.databaseByteCount(in: transaction)
            let tables = try Self.tables.map { try Self.table($0, countingRows: rowsMax, in: transaction) }
            let isCountable = tables.contains { $0.name == "bars_packed" && $0.accuracy == .exact }
            let packed =
                isCountable
                ? try transaction.query("SELECT coalesce(sum(bar_count), 0) FROM bars_packed") {
                    Int(try $0.integer(0))
                }
                : []
            return StoreStatistics(
                tables: tables,
                packedBarCount: packed.first,
                databaseByteCount: bytes,
                growth: try DatabaseSizes.growth(to: bytes, at: try clock.now(in: transaction), in: transaction)
            )
        }
    }

    /// The bytes of the whole database: see `StoreStatistics.databaseByteCount`.
    public func databaseByteCount() async throws -> Int {
        try await self.database.read { try Self.databaseByteCount(in: $0) }
    }

    /// Notes how big the database is now, for its growth; once an hour at most, however many workers do it.
    ///
    /// Sizes noted more than `DatabaseSizes.keptHoursMax` hours ago are forgotten.
    public func noteDatabaseSize() async throws {
        let clock = self.clock
        try await self.database.write { transaction in
            try DatabaseSizes.note(
                try Self.databaseByteCount(in: transaction),
                at: try clock.now(in: transaction),
                in: transaction
            )
        }
    }

    private static func databaseByteCount(in transaction: any SQLTransaction) throws -> Int {
        let sql =
            switch transaction.dialect {
            case .sqlite: "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
            case .postgres: "SELECT pg_database_size(current_database())"
            }
        return try transaction.query(sql) { Int(try $0.integer(0)) }[0]
    }

    private static func table(
        _ name: String,
        countingRows rowsMax: Int,
        in transaction: any SQLTransaction
    ) throws -> StoreStatistics.Table {
        let counted = try transaction.query(
            "SELECT count(*) FROM (SELECT 1 FROM \(name) LIMIT \(rowsMax + 1)) AS counted"
        ) { Int(try $0.integer(0)) }[0]
        switch transaction.dialect {
        case .sqlite:
            return StoreStatistics.Table(
                name: name,
                rowCount: min(counted, rowsMax),
                accuracy: counted > rowsMax ? .atLeast : .exact,
                byteCount: nil
            )
        case .postgres:
            let (estimate, bytes) = try transaction.query(
                """
                SELECT CAST(
                        CASE WHEN reltuples < 0 OR relpages = 0 THEN -1
                        ELSE reltuples / relpages * (pg_relation_size(oid) / CAST(current_setting('block_size') AS BIGINT))
                        END AS BIGINT
                    ),
                    pg_total_relation_size(oid)
                FROM pg_class WHERE oid = CAST('\(name)' AS regclass)
                """
            ) { (Int(try $0.integer(0)), Int(try $0.integer(1))) }[0]
            // Rows a page at the last analysis times the pages of now, as the planner reckons. A table that was never
            // analysed has no estimate that could be believed.
            let accuracy: StoreStatistics.Table.Accuracy =
                counted <= rowsMax ? .exact : estimate > rowsMax ? .estimate : .atLeast
            return StoreStatistics.Table(
                name: name,
                rowCount: accuracy == .estimate ? estimate : min(counted, rowsMax),
                accuracy: accuracy,
                byteCount: bytes
            )
        }
    }
}
