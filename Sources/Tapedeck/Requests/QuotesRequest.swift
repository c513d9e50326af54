public import MarketData

/// What a caller asks about sampled quotes of the past.
public struct QuotesRequest: Hashable, Sendable {
    /// What the provider calls the instrument.
    public var symbol: String
    /// The distance of two samples: one minute or one second.
    public var timeframe: Timeframe
    /// Where to buy, or nil for the first preferred provider that knows the symbol.
    public var provider: ProviderID?
    /// The stretch; it is widened to whole periods.
    public var range: TimeRange
    /// Who asks, for the ledger.
    public var client: String
    /// An identifier for logs and the ledger.
    public var requestID: String

    /// Creates a request.
    public init(
        symbol: String,
        timeframe: Timeframe = .oneMinute,
        provider: ProviderID? = nil,
        range: TimeRange,
        client: String,
        requestID: String
    ) {
        self.symbol = symbol
        self.timeframe = timeframe
        self.provider = provider
        self.range = range
        self.client = client
        self.requestID = requestID
    }
}
