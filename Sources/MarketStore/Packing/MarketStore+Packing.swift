public import MarketData
import SQLDatabase

/// What one transaction that packs or unpacks did.
public struct PackingStep: Hashable, Sendable {
    /// A stretch of which the bars were moved.
    public struct Moved: Hashable, Sendable {
        /// The stretch.
        public let stretch: TimeRange
        /// How many bars it has.
        public let barCount: Int
        /// The length of their block.
        public let byteCount: Int
    }

    /// What was moved; nil where nothing could be.
    public let moved: Moved?
    /// Where to go on; nil when nothing is left.
    public let next: Timestamp?

    static let end = PackingStep(moved: nil, next: nil)
}

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
        let first = try await self.database.read { transaction in
            try transaction.query(
                """
                SELECT range_start FROM bars_packed
                WHERE series_id = (
                        SELECT id FROM series WHERE provider = $1 AND symbol = $2 AND timeframe = $3 AND kind = $4
                    )
                    AND range_start >= $5
                ORDER BY range_start LIMIT 1
                """,
                series.keyColumns + [.integer(start.nanoseconds)]
            ) { Timestamp(nanoseconds: try $0.integer(0)) }
        }
        guard let first = first.first else { return .end }
        let stretch = series.timeframe.stretch(of: first)
        let moved = try await self.database.write { try Self.unpack(series, stretch, in: $0) }
        return PackingStep(moved: moved, next: stretch.end)
    }

    /// Gives up the stretches of blocks that cannot be read: they are deleted and count as never stored, so that what
    /// reads them next buys them again.
    ///
    /// A block that can be read by now stays. Returns what was given up.
    @discardableResult
    public func forget(_ damaged: DamagedBlocks) async throws -> [DamagedBlocks.Block] {
        let series = damaged.series
        let stretches = damaged.blocks.map(\.stretch)
        let forgotten = try await self.database.write { transaction in
            var row = try SeriesRow.lock(series, in: transaction).own
            var forgotten: [DamagedBlocks.Block] = []
            for stretch in stretches {
                let blocks = try BlockTable.blocks(ofSeries: row.id, startingIn: stretch, in: transaction)
                for block in try blocks.contents(of: series).damaged {
                    try BlockTable.delete(block.stretch, ofSeries: row.id, in: transaction)
                    row.coverage.remove(block.stretch)
                    forgotten.append(block)
                }
            }
            if !forgotten.isEmpty { try row.saveRaisingVersion(in: transaction) }
            return forgotten
        }
        self.noteDamaged(forgotten, of: series)
        return forgotten
    }

    /// Logs and counts blocks that were given up.
    func noteDamaged(_ blocks: [DamagedBlocks.Block], of series: Series) {
        guard !blocks.isEmpty else { return }
        self.damagedBlocks.withLock { $0 += blocks.count }
        for block in blocks {
            self.logger.error(
                "a packed block is damaged; its stretch counts as never stored and is bought again when it is asked for",
                metadata: ["series": "\(series)", "stretch": "\(block.stretch)", "reason": "\(block.reason)"]
            )
        }
    }

    /// Blocks that could not be read and were given up since the start.
    public var damagedBlockCount: Int { self.damagedBlocks.withLock { $0 } }

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
        var row = try SeriesRow.lock(series, in: transaction).own
        guard let block = try Self.block(of: series, row, stretch, in: transaction) else { return nil }
        try block.writeRows(of: series, in: transaction)
        let byteCount = try transaction.query(
            "DELETE FROM bars_packed WHERE series_id = $1 AND range_start = $2 RETURNING length(bars)",
            [.integer(row.id), .integer(stretch.start.nanoseconds)]
        ) { Int(try $0.integer(0)) }
        let packedEnd = try BlockTable.lastStart(ofSeries: row.id, in: transaction).map(series.timeframe.stretch(of:))?
            .end
        if packedEnd != row.packedEnd {
            row.packedEnd = packedEnd
            try row.save(in: transaction)
        }
        return PackingStep.Moved(stretch: stretch, barCount: block.bars.count, byteCount: byteCount.first ?? 0)
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
