import Logging
import MarketData
import SQLDatabase

/// The transaction that stores one piece.
struct PieceWriter<Record: SeriesRecord>: Sendable {
    /// Rows for each statement, which bounds the memory of one statement's parameters.
    private static var rowsPerStatementMax: Int { 10_000 }

    let piece: StoredPiece<Record>
    let records: [Record]
    let clock: StoreClock
    let logger: Logger

    func write(
        in transaction: any SQLTransaction,
        keeping: PieceEffect<Record>.Keeping
    ) throws -> StoreOutcome<Record> {
        try self.piece.lease?.spend(upTo: self.piece.range.end, clock: self.clock, in: transaction)
        var (row, siblings) = try SeriesRow.lock(self.piece.series, in: transaction)
        let now = try self.clock.now(in: transaction)
        let fetchedAt = now.before(self.piece.age)
        let before = PieceEffect<Record>.Stored(
            coverage: row.coverage,
            isCoveredBySibling: { [siblings] time in siblings.contains { $0.covers(time) } },
            isCovered: { [row] in row.covers($0) }
        )
        let effect = PieceEffect(
            of: self.piece,
            self.records,
            on: before,
            try self.storedRecords(in: transaction),
            now: now,
            keeping: keeping
        )
        try self.writeRows(effect.merge, fetchedAt: fetchedAt, in: transaction)
        let isChange = effect.merge.changesRows || row.coverage != effect.coverage
        row.coverage = effect.coverage
        if isChange { try row.saveRaisingVersion(in: transaction) }
        for var sibling in siblings where effect.merge.changedTimes.contains(where: sibling.covers) {
            try sibling.saveRaisingVersion(in: transaction)
        }
        try self.piece.purchase?.addProgress(
            recordCount: self.piece.records.count,
            byteCount: self.piece.byteCount,
            in: transaction,
            logger: self.logger
        )
        return StoreOutcome(effect, row: (row.id, row.version), hasRaisedVersion: isChange, databaseNow: now)
    }

    private func storedRecords(in transaction: any SQLTransaction) throws -> [Record] {
        let condition = Record.condition(for: self.piece.series)
        return try transaction.query(
            """
            SELECT \(Record.columns) FROM \(Record.table)
            WHERE \(condition.sql) AND timestamp >= $4 AND timestamp < $5 ORDER BY timestamp
            """,
            condition.parameters + [
                .integer(self.piece.range.start.nanoseconds), .integer(self.piece.range.end.nanoseconds),
            ]
        ) { try Record(row: $0, at: 0) }
    }

    private func writeRows(
        _ merge: RecordMerge<Record>,
        fetchedAt: Timestamp,
        in transaction: any SQLTransaction
    ) throws {
        let condition = Record.condition(for: self.piece.series)
        for stretch in merge.deleted {
            try transaction.execute(
                "DELETE FROM \(Record.table) WHERE \(condition.sql) AND timestamp >= $4 AND timestamp <= $5",
                condition.parameters + [
                    .integer(stretch.lowerBound.nanoseconds), .integer(stretch.upperBound.nanoseconds),
                ]
            )
        }
        for start in stride(from: 0, to: merge.written.count, by: Self.rowsPerStatementMax) {
            let rows = merge.written[start..<min(start + Self.rowsPerStatementMax, merge.written.count)]
            try transaction.upsert(Record.upsert(Array(rows), series: self.piece.series, fetchedAt: fetchedAt))
        }
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
