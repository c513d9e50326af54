public import MarketData
import SQLDatabase

extension MarketStore {
    /// How long a statement that deletes may take.
    private static let deletionTimeout: Duration = .seconds(600)

    /// Deletes the quotes before a time, except each symbol's newest one, and forgets that these ranges were known.
    ///
    /// Each symbol is a transaction of its own. Returns how many quotes were deleted.
    public func deleteQuotes(olderThan end: Timestamp) async throws -> Int {
        try await self.deleteOld("quotes_cache", before: end) { key, transaction in
            for var row in try SeriesRow.lockQuotes(provider: key.provider, symbol: key.symbol, in: transaction) {
                let coverage = row.coverage.removing(before: end)
                guard coverage != row.coverage else { continue }
                row.coverage = coverage
                try row.saveRaisingVersion(in: transaction)
            }
        }
    }

    /// Deletes the trades before a time, except those of each symbol's newest instant with a trade.
    ///
    /// Each symbol is a transaction of its own. Returns how many trades were deleted.
    public func deleteTrades(olderThan end: Timestamp) async throws -> Int {
        try await self.deleteOld("trades", before: end) { _, _ in }
    }

    /// Deletes all that is held of a scope, forgets that it was known, and raises the versions of its series.
    public func clear(_ scope: ClearScope) async throws -> ClearOutcome {
        try await self.database.write(timeout: Self.deletionTimeout) { try ScopeClearing(scope).run(in: $0) }
    }

    private struct Key: Sendable {
        let provider: ProviderID
        let symbol: String
    }

    private func deleteOld(
        _ table: String,
        before end: Timestamp,
        preparing: @escaping @Sendable (Key, any SQLTransaction) throws -> Void
    ) async throws -> Int {
        // Quotes and trades come in with a series or as newest prices: these tables name every symbol that has any.
        let keys = try await self.database.read { transaction in
            try transaction.query(
                """
                SELECT provider, symbol FROM series WHERE kind = 'quotes'
                UNION SELECT provider, symbol FROM latest_fetches ORDER BY 1, 2
                """
            ) { Key(provider: try ProviderID(parsing: try $0.text(0)), symbol: try $0.text(1)) }
        }
        var count = 0
        for key in keys {
            try Task.checkCancellation()
            count += try await self.database.write(timeout: Self.deletionTimeout) { transaction in
                try preparing(key, transaction)
                return try transaction.execute(
                    """
                    DELETE FROM \(table) WHERE symbol = $1 AND provider = $2 AND timestamp < $3 AND timestamp < (
                        SELECT max(timestamp) FROM \(table) WHERE symbol = $1 AND provider = $2
                    )
                    """,
                    [.text(key.symbol), .text(key.provider.description), .integer(end.nanoseconds)]
                )
            }
        }
        return count
    }
}
