import SQLDatabase

/// Stored bars that belong to no series, so that nobody reads them.
public struct OrphanedBars: Hashable, Sendable {
    /// The provider as it is stored.
    public let provider: String
    /// The symbol as it is stored.
    public let symbol: String
    /// The timeframe as it is stored.
    public let timeframe: String
    /// How many there are.
    public let count: Int
}

extension MarketStore {
    /// The stored bars that belong to no series, by their keys, at most `limit` of these.
    ///
    /// Reads the keys of all bars, so `timeout` should be long.
    public func orphanedBars(limit: Int, timeout: Duration) async throws -> [OrphanedBars] {
        try await self.database.read(timeout: timeout) { transaction in
            try transaction.query(
                """
                SELECT b.provider, b.symbol, b.timeframe, b.bars FROM (
                    SELECT provider, symbol, timeframe, count(*) AS bars FROM bars_cache
                    GROUP BY provider, symbol, timeframe
                ) AS b
                LEFT JOIN series AS s ON s.kind = 'bars' AND s.provider = b.provider AND s.symbol = b.symbol
                    AND s.timeframe = b.timeframe
                WHERE s.id IS NULL ORDER BY 1, 2, 3 LIMIT \(limit)
                """
            ) { row in
                OrphanedBars(
                    provider: try row.text(0),
                    symbol: try row.text(1),
                    timeframe: try row.text(2),
                    count: Int(try row.integer(3))
                )
            }
        }
    }
}
