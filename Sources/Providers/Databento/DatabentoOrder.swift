import DBN
import MarketData

/// What is asked for with `timeseries.get_range`: records of one symbol and schema.
struct DatabentoOrder: Hashable, Sendable {
    let dataset: String
    let schema: Schema
    let symbol: DatabentoSymbol
    let range: TimeRange

    /// The same for a shorter range.
    func with(_ range: TimeRange) -> DatabentoOrder {
        DatabentoOrder(dataset: self.dataset, schema: self.schema, symbol: self.symbol, range: range)
    }

    /// The parameters that say which records are meant.
    var selection: [(String, String)] {
        [
            ("dataset", self.dataset), ("symbols", self.symbol.name), ("schema", self.schema.description),
            ("start", String(self.range.start.nanoseconds)), ("end", String(self.range.end.nanoseconds)),
            ("stype_in", self.symbol.stype),
        ]
    }

    /// All parameters of the request for the records.
    var parameters: [(String, String)] {
        self.selection + [("stype_out", "instrument_id"), ("encoding", "dbn"), ("compression", "zstd")]
    }

    /// The schema of a series, or nil when none is sold for its timeframe.
    static func schema(of kind: Series.Kind, _ timeframe: Timeframe) -> Schema? {
        switch (kind, timeframe) {
        case (.bars, .oneSecond): .ohlcv1Second
        case (.bars, .oneMinute): .ohlcv1Minute
        case (.bars, .oneHour): .ohlcv1Hour
        case (.bars, .oneDay): .ohlcv1Day
        case (.quotes, .oneSecond): .bbo1Second
        case (.quotes, .oneMinute): .bbo1Minute
        default: nil
        }
    }
}
