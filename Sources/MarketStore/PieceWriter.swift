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
        keeping: (SeriesRow, [SeriesRow], StoreMode, RangeSet) -> (Timestamp) -> Bool
    ) throws -> StoreOutcome<Record> {
        var (row, siblings) = try SeriesRow.lock(self.piece.series, in: transaction)
        let now = try self.clock.now(in: transaction)
        let settled = self.settledElsewhere(row.coverage)
        let merge = RecordMerge(
            stored: try self.storedRecords(in: transaction),
            incoming: self.records,
            revisions: self.piece.revisions,
            settled: settled,
            kept: keeping(row, siblings, self.piece.mode, settled)
        )
        try self.writeRows(merge, fetchedAt: now, in: transaction)
        let before = row.coverage
        row.coverage = before.recording(
            self.piece.range,
            settledEnd: self.piece.settledEnd,
            timeframe: self.piece.series.timeframe,
            fetchedAt: now
        ).forgettingOldProvisional(now: now)
        if merge.changesRows || row.coverage != before {
            try row.saveRaisingVersion(in: transaction)
        }
        for var sibling in siblings where merge.changedTimes.contains(where: sibling.covers) {
            try sibling.saveRaisingVersion(in: transaction)
        }
        try self.piece.purchase?.addProgress(
            recordCount: self.piece.records.count,
            byteCount: self.piece.byteCount,
            in: transaction,
            logger: self.logger
        )
        return self.outcome(of: merge, before: before, row: row, now: now)
    }

    /// The part of the piece's range that is final in the database although it had not settled for the answer.
    private func settledElsewhere(_ coverage: Coverage) -> RangeSet {
        let settled = self.piece.series.timeframe.floor(self.piece.settledEnd)
        guard let unsettled = TimeRange(max(self.piece.range.start, settled), self.piece.range.end) else {
            return RangeSet()
        }
        return coverage.final.intersection(unsettled)
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

    private func outcome(
        of merge: RecordMerge<Record>,
        before: Coverage,
        row: SeriesRow,
        now: Timestamp
    ) -> StoreOutcome<Record> {
        StoreOutcome(
            version: row.version,
            coverage: row.coverage,
            records: FinalityMarker.marked(merge.result, by: row.coverage.final),
            inserted: merge.insertedCount,
            revised: FinalityMarker.marked(merge.revised, by: row.coverage.final),
            unchanged: merge.unchangedCount,
            outdated: merge.outdatedCount,
            removed: merge.removedCount,
            changes: self.piece.mode == .refresh
                ? merge.changes(knownBefore: before, finalNow: row.coverage.final) : [],
            databaseNow: now
        )
    }
}
