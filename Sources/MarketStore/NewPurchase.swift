public import MarketData

/// A request that is about to be made upstream.
public struct NewPurchase: Hashable, Sendable {
    /// What is bought.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Bars of a series.
        case bars
        /// Quotes of a series.
        case quotes
        /// The newest quote and trade of a symbol.
        case latest
    }

    /// Where it is bought.
    public var provider: ProviderID
    /// Whose data.
    public var symbol: String
    /// The series' timeframe; nil for `latest`.
    public var timeframe: Timeframe?
    /// What is bought.
    public var kind: Kind
    /// The stretch asked for; nil for `latest`.
    public var range: TimeRange?
    /// Who asked for it; the first 200 characters are kept.
    public var client: String
    /// The request that led to it; the first 200 characters are kept.
    public var requestID: String
    /// Tells the purchase apart from all others, so that writing it down twice does nothing; nil for no such care.
    public var token: String?
    /// What it is expected to cost in US dollars, for budgets; nil when not known.
    public var estimatedUSD: Double?

    /// Creates the purchase of a stretch of a series.
    public init(series: Series, range: TimeRange, client: String, requestID: String) {
        self.provider = series.provider
        self.symbol = series.symbol
        self.timeframe = series.timeframe
        self.kind =
            switch series.kind {
            case .bars: .bars
            case .quotes: .quotes
            }
        self.range = range
        self.client = client
        self.requestID = requestID
    }

    /// Creates the purchase of a symbol's newest quote and trade.
    public init(latestOf symbol: String, provider: ProviderID, client: String, requestID: String) {
        self.provider = provider
        self.symbol = symbol
        self.timeframe = nil
        self.kind = .latest
        self.range = nil
        self.client = client
        self.requestID = requestID
    }
}
