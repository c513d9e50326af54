public import MarketData
import SQLDatabase

extension MarketStore {
    /// Remembers that a worker looks now for days of a series that its provider has published again, if the last such
    /// look was at `last`, nil for never; false if another worker looked meanwhile.
    ///
    /// Does nothing for a series of which nothing was ever stored.
    public func markChecked(_ series: Series, after last: Timestamp?) async throws -> Bool {
        let clock = self.clock
        return try await self.database.write { transaction in
            let changed = try transaction.execute(
                """
                INSERT INTO changed_day_checks (series_id, checked_at)
                SELECT id, CAST($5 AS BIGINT) FROM series
                WHERE provider = $1 AND symbol = $2 AND timeframe = $3 AND kind = $4
                ON CONFLICT (series_id) DO UPDATE SET checked_at = excluded.checked_at
                WHERE changed_day_checks.checked_at = CAST($6 AS BIGINT)
                """,
                series.keyColumns + [
                    .integer(try clock.now(in: transaction).nanoseconds),
                    // A time at which nobody looked.
                    .integer(last?.nanoseconds ?? .min),
                ]
            )
            return changed > 0
        }
    }

    /// Takes back `markChecked` of a look that failed, so that it is made again.
    public func unmarkChecked(_ series: Series, to last: Timestamp?) async throws {
        try await self.database.write { transaction in
            let key = series.keyColumns
            let ids = "SELECT id FROM series WHERE provider = $1 AND symbol = $2 AND timeframe = $3 AND kind = $4"
            if let last {
                try transaction.execute(
                    "UPDATE changed_day_checks SET checked_at = $5 WHERE series_id IN (\(ids))",
                    key + [.integer(last.nanoseconds)]
                )
            } else {
                try transaction.execute("DELETE FROM changed_day_checks WHERE series_id IN (\(ids))", key)
            }
        }
    }

    /// When the provider was last asked for changed days of a series, nil for never.
    ///
    /// Each slice that is read tells it too.
    public func lastChecked(_ series: Series) async throws -> Timestamp? {
        try await self.database.read { transaction in
            let times = try transaction.query(
                """
                SELECT checked_at FROM changed_day_checks JOIN series ON series.id = changed_day_checks.series_id
                WHERE provider = $1 AND symbol = $2 AND timeframe = $3 AND kind = $4
                """,
                series.keyColumns
            ) { try $0.integer(0) }
            return times.first.map { Timestamp(nanoseconds: $0) }
        }
    }

    /// When the longest unconfirmed bar or quote of a stretch was fetched, nil when none is stored there.
    ///
    /// A day that the provider changed after this time has to be fetched again.
    public func oldestFetch(of series: Series, in range: TimeRange) async throws -> Timestamp? {
        let condition =
            switch series.kind {
            case .bars: (table: Bar.table, filter: Bar.condition(for: series))
            case .quotes: (table: Quote.table, filter: Quote.condition(for: series))
            }
        return try await self.database.read { transaction in
            let times = try transaction.query(
                """
                SELECT min(fetched_at) FROM \(condition.table)
                WHERE \(condition.filter.sql) AND timestamp >= $4 AND timestamp < $5
                """,
                condition.filter.parameters + [
                    .integer(range.start.nanoseconds), .integer(range.end.nanoseconds),
                ]
            ) { try $0.integerIfPresent(0) }
            let inRows = times.first.flatMap { $0 }.map { Timestamp(nanoseconds: $0) }
            let inBlocks = try Self.oldestPackedFetch(of: series, in: range, transaction)
            return [inRows, inBlocks].compactMap { $0 }.min()
        }
    }

    /// The same of bars in blocks, of which one that cannot be read says nothing: who reads it gives it up.
    private static func oldestPackedFetch(
        of series: Series,
        in range: TimeRange,
        _ transaction: any SQLTransaction
    ) throws -> Timestamp? {
        guard series.kind == .bars, let statement = BlockTable.selecting(series, .range(range, limit: nil)) else {
            return nil
        }
        let blocks = try transaction.query(statement.sql, statement.parameters, row: PackedBlock.init(row:))
        return try blocks.contents(of: series).sound.compactMap { $0.content.part(in: range).fetchedAt.min() }.min()
    }
}
