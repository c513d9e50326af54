public import MarketData

/// What a caller asks about bars.
public struct BarsRequest: Hashable, Sendable {
    /// Which bars.
    public enum Span: Hashable, Sendable {
        /// The bars of the periods that the range touches. The range is widened to whole periods.
        case range(TimeRange)
        /// The newest bars, so many; 1 to `MarketDataCache.Configuration.answerBarsMax`.
        case last(Int)
    }

    /// What the provider calls the instrument.
    public var symbol: String
    /// The length of a period; one that the provider does not sell is aggregated from a finer one.
    public var timeframe: Timeframe
    /// Where to buy, or nil for the first preferred provider that knows the symbol.
    public var provider: ProviderID?
    /// Which bars.
    public var span: Span
    /// Whether to buy everything anew, also what is final.
    public var refresh: Bool
    /// Who asks, for the ledger.
    public var client: String
    /// An identifier for logs and the ledger.
    public var requestID: String

    /// Creates a request.
    public init(
        symbol: String,
        timeframe: Timeframe,
        provider: ProviderID? = nil,
        span: Span,
        refresh: Bool = false,
        client: String,
        requestID: String
    ) {
        self.symbol = symbol
        self.timeframe = timeframe
        self.provider = provider
        self.span = span
        self.refresh = refresh
        self.client = client
        self.requestID = requestID
    }
}
