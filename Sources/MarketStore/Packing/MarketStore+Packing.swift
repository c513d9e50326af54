public import MarketData
import SQLDatabase

extension MarketStore {
    /// Packs the first stretch of a series at or behind `start` that has rows and ended at least `age` ago.
    ///
    /// One small transaction, which readers do not notice: the version stays. A stretch with bars that are not final stays
    /// in rows and is passed over. Ask again from `next` on; several processes may do it at once. Throws `DamagedBlocks`
    /// when the stretch has a block already that cannot be read.
    public func packNext(_ series: Series, from start: Timestamp, olderThan age: Duration) async throws -> PackingStep {
        guard let stretch = try await self.packableStretch(series, from: start, olderThan: age) else { return .end }
        let moved = try await self.database.write { try Self.pack(series, stretch, in: $0) }
        return PackingStep(moved: moved, next: stretch.end)
    }

    /// Turns the first block of a series that begins at or behind `start` back into rows.
    ///
    /// One small transaction like that of `packNext`. Throws `DamagedBlocks` when the block cannot be read.
    public func unpackNext(_ series: Series, from start: Timestamp) async throws -> PackingStep {
        let (first, packedEnd) = try await self.database.read { transaction in
            try transaction.query(
                """
                SELECT (SELECT min(range_start) FROM bars_packed WHERE series_id = series.id AND range_start >= $5),
                    packed_end
                FROM series WHERE provider = $1 AND symbol = $2 AND timeframe = $3 AND kind = $4
                """,
                series.keyColumns + [.integer(start.nanoseconds)]
            ) { row in
                (
                    try row.integerIfPresent(0).map { Timestamp(nanoseconds: $0) },
                    try row.integerIfPresent(1)
                )
            }.first ?? (nil, nil)
        }
        guard let first else {
            guard packedEnd != nil else { return .end }
            try await self.database.write { try Self.noteBlocksGone(series, in: $0) }
            return .end
        }
        let stretch = series.timeframe.stretch(of: first)
        let moved = try await self.database.write { try Self.unpack(series, stretch, in: $0) }
        return PackingStep(moved: moved, next: stretch.end)
    }

    /// The first stretch at or behind `start` that has rows, when it ended at least `age` ago.
    private func packableStretch(
        _ series: Series,
        from start: Timestamp,
        olderThan age: Duration
    ) async throws -> TimeRange? {
        let clock = self.clock
        return try await self.database.read { transaction in
            let packedBefore = try clock.now(in: transaction).before(age)
            let condition = Bar.condition(for: series)
            let first = try transaction.query(
                """
                SELECT timestamp FROM bars_cache
                WHERE \(condition.sql) AND timestamp >= $4 AND timestamp < $5 ORDER BY timestamp LIMIT 1
                """,
                condition.parameters + [.integer(start.nanoseconds), .integer(packedBefore.nanoseconds)]
            ) { Timestamp(nanoseconds: try $0.integer(0)) }
            guard let stretch = first.first.map(series.timeframe.stretch(of:)) else { return nil }
            return stretch.end <= packedBefore ? stretch : nil
        }
    }

    private static func pack(
        _ series: Series,
        _ stretch: TimeRange,
        in transaction: any SQLTransaction
    ) throws -> PackingStep.Moved? {
        var row = try SeriesRow.lock(series, in: transaction).own
        let rows = try FetchedBars(rowsOf: series, in: stretch, transaction)
        guard !rows.bars.isEmpty, FinalityMarker.areFinal(rows.bars, by: row.coverage.final) else { return nil }
        let block = try Self.block(of: series, row, stretch, in: transaction)
        let content = block?.merged(with: rows) ?? rows
        var encoder = try BlockEncoder()
        let byteCount = try BlockTable.put(
            content,
            stretch,
            of: series,
            id: row.id,
            with: &encoder,
            in: transaction
        )
        try RowStorage<Bar>(series: series, row: row).delete(stretch.closed, in: transaction)
        if row.packedEnd.map({ $0 < stretch.end }) ?? true {
            row.packedEnd = stretch.end
            try row.save(in: transaction)
        }
        return PackingStep.Moved(stretch: stretch, barCount: content.bars.count, byteCount: byteCount)
    }

    private static func unpack(
        _ series: Series,
        _ stretch: TimeRange,
        in transaction: any SQLTransaction
    ) throws -> PackingStep.Moved? {
        let row = try SeriesRow.lock(series, in: transaction).own
        guard let block = try Self.block(of: series, row, stretch, in: transaction) else { return nil }
        let rows = try FetchedBars(rowsOf: series, in: stretch, transaction)
        try block.merged(with: rows).writeRows(of: series, in: transaction)
        let byteCount = try transaction.query(
            "DELETE FROM bars_packed WHERE series_id = $1 AND range_start = $2 RETURNING length(bars)",
            [.integer(row.id), .integer(stretch.start.nanoseconds)]
        ) { Int(try $0.integer(0)) }
        return PackingStep.Moved(stretch: stretch, barCount: block.bars.count, byteCount: byteCount.first ?? 0)
    }

    /// Remembers, once nothing is left to be unpacked, that a series has no blocks.
    private static func noteBlocksGone(_ series: Series, in transaction: any SQLTransaction) throws {
        var row = try SeriesRow.lock(series, in: transaction).own
        let end = try BlockTable.end(of: series, id: row.id, in: transaction)
        guard row.packedEnd != nil, end == nil else { return }
        row.packedEnd = nil
        try row.save(in: transaction)
    }

    /// What the block of a stretch holds, nil without one; throws `DamagedBlocks`.
    private static func block(
        of series: Series,
        _ row: SeriesRow,
        _ stretch: TimeRange,
        in transaction: any SQLTransaction
    ) throws -> FetchedBars? {
        let blocks = try BlockTable.blocks(ofSeries: row.id, startingIn: stretch, in: transaction)
        let (sound, damaged) = try blocks.contents(of: series)
        guard damaged.isEmpty else { throw DamagedBlocks(series: series, blocks: damaged) }
        return sound.first?.content
    }
}
