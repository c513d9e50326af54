import MarketData
import SQLDatabase

/// Where the records of a series are kept, as a transaction that stores a piece sees it under the series' lock.
protocol RecordStorage<Record> {
    associatedtype Record: SeriesRecord

    /// Blocks that could not be read and were deleted: their stretches count as never stored.
    var damaged: [DamagedBlocks.Block] { get }
    /// The series' row, with what of it writing the records changed.
    var row: SeriesRow { get }

    /// The stored records of a range, sorted; the only range that is then written.
    mutating func read(_ range: TimeRange, in transaction: any SQLTransaction) throws -> [Record]

    /// Carries out what was decided of the records in that range.
    ///
    /// What is written was fetched at `fetchedAt`; `final` is what is final of the series from now on.
    mutating func write(
        _ merge: RecordMerge<Record>,
        fetchedAt: Timestamp,
        final: RangeSet,
        in transaction: any SQLTransaction
    ) throws
}

/// Records that are kept as rows.
struct RowStorage<Record: SeriesRecord>: RecordStorage {
    /// Rows for each statement, which bounds the memory of one statement's parameters.
    private static var rowsPerStatementMax: Int { 10_000 }

    let series: Series
    let row: SeriesRow

    var damaged: [DamagedBlocks.Block] { [] }

    func read(_ range: TimeRange, in transaction: any SQLTransaction) throws -> [Record] {
        let condition = Record.condition(for: self.series)
        return try transaction.query(
            """
            SELECT \(Record.columns) FROM \(Record.table)
            WHERE \(condition.sql) AND timestamp >= $4 AND timestamp < $5 ORDER BY timestamp
            """,
            condition.parameters + [.integer(range.start.nanoseconds), .integer(range.end.nanoseconds)]
        ) { try Record(row: $0, at: 0) }
    }

    func write(
        _ merge: RecordMerge<Record>,
        fetchedAt: Timestamp,
        final: RangeSet,
        in transaction: any SQLTransaction
    ) throws {
        for stretch in merge.deleted { try self.delete(stretch, in: transaction) }
        try self.upsert(merge.written, fetchedAt: fetchedAt, in: transaction)
    }

    func delete(_ stretch: ClosedRange<Timestamp>, in transaction: any SQLTransaction) throws {
        let condition = Record.condition(for: self.series)
        try transaction.execute(
            "DELETE FROM \(Record.table) WHERE \(condition.sql) AND timestamp >= $4 AND timestamp <= $5",
            condition.parameters + [
                .integer(stretch.lowerBound.nanoseconds), .integer(stretch.upperBound.nanoseconds),
            ]
        )
    }

    func upsert(_ records: [Record], fetchedAt: Timestamp, in transaction: any SQLTransaction) throws {
        for start in stride(from: 0, to: records.count, by: Self.rowsPerStatementMax) {
            let rows = records[start..<min(start + Self.rowsPerStatementMax, records.count)]
            try transaction.upsert(Record.upsert(Array(rows), series: self.series, fetchedAt: fetchedAt))
        }
    }
}
