public import MarketData
import SQLDatabase

extension MarketStore {
    /// How long a statement that deletes may take.
    private static let deletionTimeout: Duration = .seconds(600)

    /// Rows that one transaction of a retention deletes, about: other writers wait no longer than for these.
    public static let deletionRowsMax = 5_000

    /// Deletes the quotes before a time, except each symbol's newest one, and forgets that these ranges were known.
    ///
    /// Each symbol is dealt with in transactions of about `rowsMax` rows, so that readers and writers are not held up.
    /// Several processes may do it at once. Returns how many quotes were deleted.
    public func deleteQuotes(olderThan end: Timestamp, rowsMax: Int = deletionRowsMax) async throws -> Int {
        try await self.deleteOld("quotes_cache", before: end, rowsMax: rowsMax) { key, transaction in
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
    /// In transactions of about `rowsMax` rows, as for quotes. Returns how many trades were deleted.
    public func deleteTrades(olderThan end: Timestamp, rowsMax: Int = deletionRowsMax) async throws -> Int {
        try await self.deleteOld("trades", before: end, rowsMax: rowsMax) { _, _ in }
    }

    /// Deletes all that is held of a scope, forgets that it was known, and raises the versions of its series.
    public func clear(_ scope: ClearScope) async throws -> ClearOutcome {
        try await self.database.write(timeout: Self.deletionTimeout) { try ScopeClearing(scope).run(in: $0) }
    }

    private struct Key: Sendable {
        let provider: ProviderID
        let symbol: String
    }

    /// `preparing` runs in each transaction: what a bot has bought again since the one before is forgotten with its rows.
    private func deleteOld(
        _ table: String,
        before end: Timestamp,
        rowsMax: Int,
        preparing: @escaping @Sendable (Key, any SQLTransaction) throws -> Void
    ) async throws -> Int {
        guard rowsMax > 0 else { throw StoreError(.invalidArgument, "the limit \(rowsMax) is not above zero") }
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
            var isDone = false
            while !isDone {
                try Task.checkCancellation()
                let deleted = try await self.database.write(timeout: Self.deletionTimeout) { transaction in
                    try preparing(key, transaction)
                    return try Self.deleteSome(of: table, key, before: end, rowsMax: rowsMax, in: transaction)
                }
                count += deleted.count
                isDone = deleted.isAll
            }
        }
        return count
    }

    /// Deletes the oldest rows of a symbol, as many as share the times of the first `rowsMax`.
    private static func deleteSome(
        of table: String,
        _ key: Key,
        before end: Timestamp,
        rowsMax: Int,
        in transaction: any SQLTransaction
    ) throws -> (count: Int, isAll: Bool) {
        let symbol: [SQLValue] = [.text(key.symbol), .text(key.provider.description)]
        let next = try transaction.query(
            """
            SELECT timestamp FROM \(table) WHERE symbol = $1 AND provider = $2 AND timestamp < $3
            ORDER BY timestamp LIMIT 1 OFFSET \(rowsMax - 1)
            """,
            symbol + [.integer(end.nanoseconds)]
        ) { Timestamp(nanoseconds: try $0.integer(0)).advancedSaturating(byNanoseconds: 1) }.first
        let count = try transaction.execute(
            """
            DELETE FROM \(table) WHERE symbol = $1 AND provider = $2 AND timestamp < $3 AND timestamp < (
                SELECT max(timestamp) FROM \(table) WHERE symbol = $1 AND provider = $2
            )
            """,
            symbol + [.integer(min(next ?? end, end).nanoseconds)]
        )
        return (count, next == nil || count == 0)
    }
}
