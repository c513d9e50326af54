public import MarketData

/// A place where market data is bought.
///
/// A provider answers for one dataset. Its calls may be made from any task; cancelling the calling task ends the
/// transfer. All calls throw `ProviderError`.
public protocol MarketDataProvider: Sendable {
    /// Who this is.
    var id: ProviderID { get }
    /// The bar timeframes that it sells; others are aggregated from these.
    var timeframes: Set<Timeframe> { get }
    /// Whether fetches cost money.
    var isPaid: Bool { get }

    /// From when to when the series' data can be had now. Free of charge.
    func availability(of series: Series) async throws -> Availability

    /// Fetches the bars of `request.range`, oldest first, and hands them on piece by piece.
    ///
    /// Ranges beyond the availability are clipped. A stream that is cut is resumed behind the last complete piece, within
    /// the configured attempts. The call returns after the last piece; a thrown error leaves the delivered pieces valid.
    func fetchBars(
        _ request: FetchRequest,
        deliver: (FetchedPiece<Bar>) async throws -> Void
    ) async throws -> FetchReceipt

    /// Fetches the quotes of `request.range`, one sample a period, in the same way. A quote's timestamp is the period's
    /// end at which it stood.
    func fetchQuotes(
        _ request: FetchRequest,
        deliver: (FetchedPiece<Quote>) async throws -> Void
    ) async throws -> FetchReceipt

    /// Fetches the newest quote, and the newest trade known beside it, of the newest available minutes.
    ///
    /// `requestID` is what a `FetchRequest` carries, too.
    func fetchLatest(symbol: String, requestID: String) async throws -> (latest: LatestPrices, receipt: FetchReceipt)

    /// What fetching the ranges would cost. Free of charge.
    func estimate(_ series: Series, ranges: RangeSet) async throws -> FetchEstimate

    /// What one fetch of the range would cost in US dollars, nil when that is not known. Free of charge.
    func price(of series: Series, _ range: TimeRange) async throws -> Double?

    /// What `fetchLatest` costs in US dollars at most, nil when that is not known. Free of charge.
    func latestPrice(symbol: String) async throws -> Double?

    /// The days of `range` that the provider has published again, each with the day on which it was changed. Free of
    /// charge.
    func changedDays(in range: TimeRange) async throws -> [ChangedDay]

    /// When the symbol's market trades, nil when that is not known.
    ///
    /// A hint that may be wrong: it spares questions while the market is closed, and nothing else depends on it.
    func calendar(of symbol: String) -> TradingCalendar?

    /// What time it is at the provider's server, to the second, or nil when it does not say. Free of charge.
    func serverTime() async throws -> Timestamp?
}

extension MarketDataProvider {
    /// Not known.
    public func calendar(of symbol: String) -> TradingCalendar? { nil }

    /// Nil: most providers do not say.
    public func serverTime() async throws -> Timestamp? { nil }
}

extension MarketDataProvider {
    /// The price that the estimate says.
    public func price(of series: Series, _ range: TimeRange) async throws -> Double? {
        try await self.estimate(series, ranges: RangeSet(range)).costUSD
    }

    /// Nothing for a provider that is free, else not known.
    public func latestPrice(symbol: String) async throws -> Double? { self.isPaid ? nil : 0 }
}

/// What is to be fetched.
public struct FetchRequest: Hashable, Sendable {
    /// Whose records.
    public let series: Series
    /// Which stretch.
    public let range: TimeRange
    /// An identifier that reaches the provider's logs and ours.
    public let requestID: String

    /// Creates a request.
    public init(series: Series, range: TimeRange, requestID: String) {
        self.series = series
        self.range = range
        self.requestID = requestID
    }
}

/// Records of a fetch, oldest first, with the stretch that they complete.
public struct FetchedPiece<Record: Sendable>: Sendable {
    /// The records of `range`; none means that the stretch is known to be empty.
    public let records: [Record]
    /// The stretch that is complete with these records.
    ///
    /// The pieces of one fetch follow each other without a gap.
    public let range: TimeRange
    /// Up to when the provider's data had settled: what lies at or behind this is provisional.
    public let settledEnd: Timestamp

    /// Creates a piece.
    public init(records: [Record], range: TimeRange, settledEnd: Timestamp) {
        self.records = records
        self.range = range
        self.settledEnd = settledEnd
    }
}

/// From when to when a series' data can be had.
public struct Availability: Hashable, Sendable {
    /// The first instant that the provider has.
    public let start: Timestamp
    /// The end (exclusive) of what it has now.
    public let end: Timestamp
    /// Up to when its data had settled: a bar whose period ends by then is final.
    ///
    /// At most `end`.
    public let settledEnd: Timestamp

    /// Creates an availability.
    public init(start: Timestamp, end: Timestamp, settledEnd: Timestamp) {
        self.start = start
        self.end = end
        self.settledEnd = settledEnd
    }
}

/// What a fetch brought and cost.
public struct FetchReceipt: Hashable, Sendable {
    /// Records received, also those of attempts that were cut.
    public var recordCount: Int
    /// Billed bytes (uncompressed) received.
    public var byteCount: Int
    /// The estimated price in US dollars; 0 for a free provider, nil when the price is not known.
    public var costUSD: Double?
    /// Upstream requests made.
    public var requestCount: Int
    /// Which instrument a symbol stood for, by day.
    public var mappings: [SymbolMapping]
    /// Where the provider's data turned out to end, when that was before the end of what was asked for.
    public var availableEnd: Timestamp?

    /// Creates a receipt.
    public init(recordCount: Int, byteCount: Int, costUSD: Double?, requestCount: Int, mappings: [SymbolMapping]) {
        self.recordCount = recordCount
        self.byteCount = byteCount
        self.costUSD = costUSD
        self.requestCount = requestCount
        self.mappings = mappings
    }
}

/// Which instrument a symbol stood for on the days `start ..< end`.
public struct SymbolMapping: Hashable, Sendable {
    /// What was asked: `ES.c.0`.
    public let symbol: String
    /// The provider's number of the instrument, unique within dataset and day only.
    public let instrumentID: UInt32
    /// The first day.
    public let start: CivilDate
    /// The day after the last.
    public let end: CivilDate

    /// Creates a mapping.
    public init(symbol: String, instrumentID: UInt32, start: CivilDate, end: CivilDate) {
        self.symbol = symbol
        self.instrumentID = instrumentID
        self.start = start
        self.end = end
    }
}

/// The newest prices of a symbol.
public struct LatestPrices: Hashable, Sendable {
    /// The newest quote, or nil when there was none in the stretch searched.
    public let quote: Quote?
    /// The newest trade, or nil when none is known.
    public let trade: Trade?

    /// Creates the prices.
    public init(quote: Quote?, trade: Trade?) {
        self.quote = quote
        self.trade = trade
    }
}

/// What a fetch would bring and cost.
public struct FetchEstimate: Hashable, Sendable {
    /// Records, nil when not known beforehand.
    public let recordCount: Int?
    /// Billed bytes, nil when not known beforehand.
    public let byteCount: Int?
    /// US dollars; 0 for a free provider, nil when not known.
    public let costUSD: Double?

    /// Creates an estimate.
    public init(recordCount: Int?, byteCount: Int?, costUSD: Double?) {
        self.recordCount = recordCount
        self.byteCount = byteCount
        self.costUSD = costUSD
    }
}

/// A day that was published again.
public struct ChangedDay: Hashable, Sendable {
    /// The day whose data changed.
    public let day: CivilDate
    /// The day on which it was changed.
    public let modified: CivilDate

    /// Creates a changed day.
    public init(day: CivilDate, modified: CivilDate) {
        self.day = day
        self.modified = modified
    }
}
