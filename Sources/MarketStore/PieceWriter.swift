import Logging
import MarketData
import SQLDatabase

/// The transaction that stores one piece.
struct PieceWriter<Record: SeriesRecord>: Sendable {
    let piece: StoredPiece<Record>
    let records: [Record]
    let clock: StoreClock
    /// How old a stretch of bars is packed; nil for never.
    let packAfter: Duration?
    let logger: Logger

    func write(
        in transaction: any SQLTransaction,
        keeping: PieceEffect<Record>.Keeping
    ) throws -> StoreOutcome<Record> {
        try self.piece.lease?.spend(upTo: self.piece.range.end, clock: self.clock, in: transaction)
        let (row, siblings) = try SeriesRow.lock(self.piece.series, in: transaction)
        let now = try self.clock.now(in: transaction)
        let fetchedAt = now.before(self.piece.age)
        var storage: any RecordStorage<Record> = Record.storage(
            of: self.piece.series,
            row,
            packedBefore: self.packAfter.map { now.before($0) }
        )
        let stored = try storage.read(self.piece.range, in: transaction)
        var coverage = row.coverage
        for block in storage.damaged { coverage.remove(block.stretch) }
        let before = PieceEffect<Record>.Stored(
            coverage: coverage,
            isCoveredBySibling: { time in siblings.contains { $0.covers(time) } },
            isCovered: { row.covers($0) }
        )
        let effect = PieceEffect(
            of: self.piece,
            self.records,
            on: before,
            stored,
            now: now,
            keeping: keeping
        )
        try storage.write(effect.merge, fetchedAt: fetchedAt, final: effect.coverage.final, in: transaction)
        let isChange = effect.merge.changesRows || row.coverage != effect.coverage || !storage.damaged.isEmpty
        var changed = storage.row
        changed.coverage = effect.coverage
        if isChange {
            try changed.saveRaisingVersion(in: transaction)
        } else if changed.packedEnd != row.packedEnd {
            try changed.save(in: transaction)
        }
        for var sibling in siblings where effect.merge.changedTimes.contains(where: sibling.covers) {
            try sibling.saveRaisingVersion(in: transaction)
        }
        try self.piece.purchase?.addProgress(
            recordCount: self.piece.records.count,
            byteCount: self.piece.byteCount,
            in: transaction,
            logger: self.logger
        )
        var outcome = StoreOutcome(effect, row: (changed.id, changed.version), hasRaisedVersion: isChange, databaseNow: now)
        outcome.damaged = storage.damaged
        return outcome
    }
}

extension StoreOutcome where Record: SeriesRecord {
    /// `row` is that of the series, nil where the effect is only foreseen.
    init(
        _ effect: PieceEffect<Record>,
        row: (id: Int64, version: Int64)?,
        hasRaisedVersion: Bool,
        databaseNow: Timestamp
    ) {
        self.init(
            seriesID: row?.id,
            version: row?.version ?? 0,
            hasRaisedVersion: hasRaisedVersion,
            coverage: effect.coverage,
            records: FinalityMarker.marked(effect.merge.result, by: effect.coverage.final),
            inserted: effect.merge.insertedCount,
            revised: FinalityMarker.marked(effect.merge.revised, by: effect.coverage.final),
            unchanged: effect.merge.unchangedCount,
            outdated: effect.merge.outdatedCount,
            removed: effect.merge.removedCount,
            changes: effect.changes,
            databaseNow: databaseNow
        )
    }
}
