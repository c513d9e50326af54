import MarketData
import SQLDatabase

/// The samples of a quotes series are the symbol's quotes whose times lie on the timeframe's grid: a coarser series
/// shares its rows with a finer one.
extension Quote: SeriesRecord {
    static var kind: Series.Kind { .quotes }
    static var table: String { "quotes_cache" }
    static var columns: String { "timestamp, bid_price, ask_price, bid_size, ask_size" }

    /// Quotes are not numbered.
    var revision: Int32 {
        get { 1 }
        set {}
    }

    static func condition(for series: Series) -> (sql: String, parameters: [SQLValue]) {
        (
            "symbol = $1 AND timestamp % $2 = 0 AND provider = $3",
            [.text(series.symbol), .integer(series.timeframe.nanoseconds), .text(series.provider.description)]
        )
    }

    init(row: any SQLRow, at column: Int) throws(SQLError) {
        self.init(
            timestamp: Timestamp(nanoseconds: try row.integer(column)),
            bidPrice: try row.doubleIfPresent(column + 1),
            askPrice: try row.doubleIfPresent(column + 2),
            bidSize: try row.doubleIfPresent(column + 3),
            askSize: try row.doubleIfPresent(column + 4)
        )
    }

    static func upsert(_ records: [Quote], series: Series, fetchedAt: Timestamp) -> BulkUpsert {
        Self.upsert(records, symbol: series.symbol, provider: series.provider, fetchedAt: fetchedAt)
    }

    /// The upsert of any quotes of a symbol, on a grid or not.
    static func upsert(
        _ records: [Quote],
        symbol: String,
        provider: ProviderID,
        fetchedAt: Timestamp
    ) -> BulkUpsert {
        BulkUpsert(
            into: Self.table,
            columns: [
                ("symbol", .constant(.text(symbol))),
                ("timestamp", .integers(records.map(\.timestamp.nanoseconds))),
                ("bid_price", .optionalDoubles(records.map(\.bidPrice))),
                ("ask_price", .optionalDoubles(records.map(\.askPrice))),
                ("bid_size", .optionalDoubles(records.map(\.bidSize))),
                ("ask_size", .optionalDoubles(records.map(\.askSize))),
                ("provider", .constant(.text(provider.description))),
                ("fetched_at", .constant(.integer(fetchedAt.nanoseconds))),
            ],
            onConflict: """
                ON CONFLICT (symbol, timestamp, provider) DO UPDATE SET
                    bid_price = excluded.bid_price, ask_price = excluded.ask_price,
                    bid_size = excluded.bid_size, ask_size = excluded.ask_size, fetched_at = excluded.fetched_at
                """
        )
    }

    static func storage(of series: Series, _ row: SeriesRow, packedBefore: Timestamp?) -> any RecordStorage<Quote> {
        RowStorage(series: series, row: row)
    }

    /// Quotes are never packed.
    static func blockStatement(_ series: Series, _ selection: SeriesReader<Quote>.Selection) -> SQLStatement? { nil }

    static func unpacked(
        _ blocks: [PackedBlock],
        of series: Series,
        final: RangeSet,
        spare: Int,
        with decoders: BlockDecoders
    ) throws -> [Quote] {
        []
    }

    func normalised() -> Quote {
        var quote = self
        quote.bidPrice = self.bidPrice?.withoutNegativeZero
        quote.askPrice = self.askPrice?.withoutNegativeZero
        quote.bidSize = self.bidSize?.withoutNegativeZero
        quote.askSize = self.askSize?.withoutNegativeZero
        return quote
    }

    func defect() -> String? {
        self.bidPrice?.priceDefect("bid price") ?? self.askPrice?.priceDefect("ask price")
            ?? self.bidSize?.quantityDefect("bid size") ?? self.askSize?.quantityDefect("ask size")
    }

    func hasSameValues(as other: Quote) -> Bool {
        self.normalised() == other.normalised()
    }

    func marked(isFinal: Bool) -> Quote { self }
}
