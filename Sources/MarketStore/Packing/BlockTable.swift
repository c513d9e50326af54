import MarketData
import SQLDatabase
import Zstd

/// The statements about `bars_packed`.
enum BlockTable {
    /// The condition, with `$1` … `$4`, for the blocks of a series.
    private static let ofSeries = """
        series_id = (SELECT id FROM series WHERE provider = $1 AND symbol = $2 AND timeframe = $3 AND kind = $4)
        """

    /// The blocks in which a selection's bars may be; nil where it asks for none.
    ///
    /// Where the number of bars is limited no more blocks are read than may be needed: each holds at least one bar, and
    /// all of the first one's may lie outside.
    static func selecting(_ series: Series, _ selection: SeriesReader<Bar>.Selection) -> SQLStatement? {
        switch selection {
        case .range(let range, nil):
            let first = series.timeframe.stretch(of: range.start).start
            let stretches = range.end.nanosecondsApart(from: first) / series.timeframe.stretchNanoseconds + 1
            return SQLStatement(
                """
                SELECT \(PackedBlock.columns) FROM bars_packed
                WHERE \(self.ofSeries) AND range_start >= $5 AND range_start < $6 ORDER BY range_start
                """,
                series.keyColumns + [.integer(first.nanoseconds), .integer(range.end.nanoseconds)],
                rowsMax: Int(stretches)
            )
        case .range(let range, let limit?) where limit > 0:
            return SQLStatement(
                self.nearest("range_start >= $5 AND range_start < $6", limit: 7, order: "range_start"),
                series.keyColumns + [
                    .integer(series.timeframe.stretch(of: range.start).start.nanoseconds),
                    .integer(range.end.nanoseconds), .integer(Int64(limit)),
                ],
                rowsMax: limit + 1
            )
        case .newest(let end, let count) where count > 0:
            // Where so many rows are newer than a block, it is not looked at.
            let newEnough = """
                range_start > coalesce((
                    SELECT timestamp - $6 FROM bars_cache
                    WHERE provider = $1 AND symbol = $2 AND timeframe = $3 AND timestamp < $5
                    ORDER BY timestamp DESC LIMIT 1 OFFSET $8
                ), $9)
                """
            return SQLStatement(
                self.nearest("range_start < $5 AND \(newEnough)", limit: 7, order: "range_start DESC"),
                series.keyColumns + [
                    .integer(end.nanoseconds), .integer(series.timeframe.stretchNanoseconds),
                    .integer(Int64(count)), .integer(Int64(count) - 1), .integer(.min),
                ],
                rowsMax: count + 1
            )
        case .range, .newest:
            return nil
        }
    }

    /// The first blocks in an order until they hold, without the first, the number of bars that is parameter `limit`.
    private static func nearest(_ condition: String, limit: Int, order: String) -> String {
        """
        SELECT \(PackedBlock.columns) FROM (
            SELECT \(PackedBlock.columns),
                sum(bar_count) OVER (ORDER BY \(order)) - bar_count
                    - first_value(bar_count) OVER (ORDER BY \(order)) AS before
            FROM (
                SELECT \(PackedBlock.columns) FROM bars_packed
                WHERE \(self.ofSeries) AND \(condition) ORDER BY \(order) LIMIT $\(limit) + 1
            ) AS nearest
        ) AS counted
        WHERE before < $\(limit) ORDER BY \(order)
        """
    }

    /// The blocks of a series whose stretches begin in `range`, oldest first, locked: who restores one with SQL waits.
    static func blocks(
        ofSeries id: Int64,
        startingIn range: TimeRange,
        in transaction: any SQLTransaction
    ) throws -> [PackedBlock] {
        try transaction.query(
            """
            SELECT \(PackedBlock.columns) FROM bars_packed
            WHERE series_id = $1 AND range_start >= $2 AND range_start < $3 ORDER BY range_start
            \(transaction.dialect.forUpdate)
            """,
            [.integer(id), .integer(range.start.nanoseconds), .integer(range.end.nanoseconds)],
            row: PackedBlock.init(row:)
        )
    }

    /// How many bars of a series are in blocks, and the first and last of them.
    static func records(of series: Series, in transaction: any SQLTransaction) throws -> SeriesSummary.Records? {
        try transaction.query(
            "SELECT sum(bar_count), min(first_at), max(last_at) FROM bars_packed WHERE \(self.ofSeries)",
            series.keyColumns
        ) { row in
            SeriesSummary.Records(
                count: Int(try row.integerIfPresent(0) ?? 0),
                first: try row.integerIfPresent(1).map { Timestamp(nanoseconds: $0) },
                last: try row.integerIfPresent(2).map { Timestamp(nanoseconds: $0) }
            )
        }.first
    }

    /// The end of the newest stretch of a series that has a block, nil without any.
    static func end(of series: Series, id: Int64, in transaction: any SQLTransaction) throws -> Timestamp? {
        try transaction.query(
            "SELECT max(range_start) FROM bars_packed WHERE series_id = $1",
            [.integer(id)]
        ) { try $0.integerIfPresent(0) }[0].map { series.timeframe.stretch(of: Timestamp(nanoseconds: $0)).end }
    }

    /// Writes the block of a stretch, in place of the one that is there; returns its length in bytes.
    @discardableResult
    static func put(
        _ content: FetchedBars,
        _ stretch: TimeRange,
        of series: Series,
        id: Int64,
        with encoder: inout BlockEncoder,
        in transaction: any SQLTransaction
    ) throws -> Int {
        guard let first = content.bars.first, let last = content.bars.last else {
            preconditionFailure("A block has at least one bar.")
        }
        let bytes = try encoder.encode(content, of: series)
        try transaction.execute(
            """
            INSERT INTO bars_packed (series_id, range_start, first_at, last_at, bar_count, bars)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (series_id, range_start) DO UPDATE SET
                first_at = excluded.first_at, last_at = excluded.last_at, bar_count = excluded.bar_count,
                bars = excluded.bars
            """,
            [
                .integer(id), .integer(stretch.start.nanoseconds), .integer(first.timestamp.nanoseconds),
                .integer(last.timestamp.nanoseconds), .integer(Int64(content.bars.count)), .blob(bytes),
            ]
        )
        return bytes.count
    }

    /// Deletes the block whose row says that it begins at `start`.
    static func delete(startingAt start: Timestamp, ofSeries id: Int64, in transaction: any SQLTransaction) throws {
        try transaction.execute(
            "DELETE FROM bars_packed WHERE series_id = $1 AND range_start = $2",
            [.integer(id), .integer(start.nanoseconds)]
        )
    }
}
