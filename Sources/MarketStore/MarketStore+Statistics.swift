import SQLDatabase

extension MarketStore {
    /// Rows counted exactly on Postgres up to here; larger tables show the planner's estimate.
    private static let exactRowsMax = 100_000

    private static let tables = [
        "bars_cache", "changed_day_checks", "latest_fetches", "purchases", "quotes_cache", "series", "symbol_mappings",
        "trades",
    ]

    /// Row counts and sizes.
    ///
    /// SQLite counts every row, which takes time in proportion to the tables.
    public func statistics() async throws -> StoreStatistics {
        try await self.database.read { transaction in
            switch transaction.dialect {
            case .sqlite: try Self.sqliteStatistics(transaction)
            case .postgres: try Self.postgresStatistics(transaction)
            }
        }
    }

    private static func sqliteStatistics(_ transaction: any SQLTransaction) throws -> StoreStatistics {
        let tables = try Self.tables.map { name in
            let counts = try transaction.query("SELECT count(*) FROM \(name)") { Int(try $0.integer(0)) }
            return StoreStatistics.Table(name: name, rowCount: counts[0], isEstimate: false, byteCount: nil)
        }
        let sizes = try transaction.query(
            "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        ) { Int(try $0.integer(0)) }
        return StoreStatistics(tables: tables, databaseByteCount: sizes[0])
    }

    private static func postgresStatistics(_ transaction: any SQLTransaction) throws -> StoreStatistics {
        let tables = try Self.tables.map { name in
            let rows = try transaction.query(
                """
                SELECT
                    (SELECT count(*) FROM (SELECT 1 FROM \(name) LIMIT \(Self.exactRowsMax + 1)) AS counted),
                    (SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE oid = CAST('\(name)' AS regclass)),
                    pg_total_relation_size(CAST('\(name)' AS regclass))
                """
            ) { row in
                let counted = Int(try row.integer(0))
                let isEstimate = counted > Self.exactRowsMax
                return StoreStatistics.Table(
                    name: name,
                    rowCount: isEstimate ? max(counted, Int(try row.integer(1))) : counted,
                    isEstimate: isEstimate,
                    byteCount: Int(try row.integer(2))
                )
            }
            return rows[0]
        }
        let sizes = try transaction.query("SELECT pg_database_size(current_database())") { Int(try $0.integer(0)) }
        return StoreStatistics(tables: tables, databaseByteCount: sizes[0])
    }
}
