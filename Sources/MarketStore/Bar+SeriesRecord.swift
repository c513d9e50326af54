import MarketData
import SQLDatabase

extension Bar: SeriesRecord {
    static var kind: Series.Kind { .bars }
    static var table: String { "bars_cache" }
    static var columns: String { "timestamp, open, high, low, close, volume, revision" }

    static func condition(for series: Series) -> (sql: String, parameters: [SQLValue]) {
        (
            "symbol = $1 AND timeframe = $2 AND provider = $3",
            [.text(series.symbol), .text(series.timeframe.rawValue), .text(series.provider.description)]
        )
    }

    init(row: any SQLRow, at column: Int) throws(SQLError) {
        self.init(
            timestamp: Timestamp(nanoseconds: try row.integer(column)),
            open: try row.double(column + 1),
            high: try row.double(column + 2),
            low: try row.double(column + 3),
            close: try row.double(column + 4),
            volume: try row.double(column + 5),
            revision: Int32(clamping: try row.integer(column + 6)),
            isFinal: false
        )
    }

    static func upsert(_ records: [Bar], series: Series, fetchedAt: Timestamp) -> BulkUpsert {
        Self.upsert(records, series: series, fetchedAt: .constant(.integer(fetchedAt.nanoseconds)))
    }

    /// The upsert of bars with their fetch times.
    static func upsert(_ records: [Bar], series: Series, fetchedAt: BulkUpsert.Values) -> BulkUpsert {
        BulkUpsert(
            into: Self.table,
            columns: [
                ("symbol", .constant(.text(series.symbol))),
                ("timeframe", .constant(.text(series.timeframe.rawValue))),
                ("timestamp", .integers(records.map(\.timestamp.nanoseconds))),
                ("open", .doubles(records.map(\.open))),
                ("high", .doubles(records.map(\.high))),
                ("low", .doubles(records.map(\.low))),
                ("close", .doubles(records.map(\.close))),
                ("volume", .doubles(records.map(\.volume))),
                ("provider", .constant(.text(series.provider.description))),
                ("revision", .integers(records.map { Int64($0.revision) })),
                ("fetched_at", fetchedAt),
            ],
            onConflict: """
                ON CONFLICT (symbol, timeframe, timestamp, provider) DO UPDATE SET
                    open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
                    volume = excluded.volume, revision = excluded.revision, fetched_at = excluded.fetched_at
                WHERE bars_cache.revision <= excluded.revision
                """
        )
    }

    static func storage(of series: Series, _ row: SeriesRow, packedBefore: Timestamp?) -> any RecordStorage<Bar> {
        BarStorage(series: series, row: row, packedBefore: packedBefore)
    }

    static func blockStatement(_ series: Series, _ selection: SeriesReader<Bar>.Selection) -> SQLStatement? {
        BlockTable.selecting(series, selection)
    }

    static func unpacked(
        _ blocks: [PackedBlock],
        of series: Series,
        final: RangeSet,
        spare: Int,
        with decoders: BlockDecoders
    ) throws -> [Bar] {
        try blocks.bars(of: series, final: final, spare: spare, with: decoders)
    }

    func normalised() -> Bar {
        var bar = self
        bar.open = self.open.withoutNegativeZero
        bar.high = self.high.withoutNegativeZero
        bar.low = self.low.withoutNegativeZero
        bar.close = self.close.withoutNegativeZero
        bar.volume = self.volume.withoutNegativeZero
        return bar
    }

    func defect() -> String? {
        if let defect = self.open.priceDefect("open") ?? self.high.priceDefect("high") ?? self.low.priceDefect("low")
            ?? self.close.priceDefect("close") ?? self.volume.quantityDefect("volume")
        {
            return defect
        }
        guard self.low <= min(self.open, self.close), max(self.open, self.close) <= self.high else {
            return "open and close do not lie between low and high"
        }
        return self.revision >= 1 ? nil : "revision is less than 1"
    }

    func marked(isFinal: Bool) -> Bar {
        var bar = self
        bar.isFinal = isFinal
        return bar
    }
}
