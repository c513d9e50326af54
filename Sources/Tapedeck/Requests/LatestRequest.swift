public import MarketData

/// What a caller asks about the newest quote, price or spread of a symbol.
public struct LatestRequest: Hashable, Sendable {
    /// What the provider calls the instrument.
    public var symbol: String
    /// Where to buy, or nil for the first preferred provider that knows the symbol.
    public var provider: ProviderID?
    /// How old a price may be by its own timestamp, or nil for `MarketDataCache.Configuration.priceAgeMax`.
    public var maxAge: Duration?
    /// Who asks, for the ledger.
    public var client: String
    /// An identifier for logs and the ledger.
    public var requestID: String

    /// Creates a request.
    public init(
        symbol: String,
        provider: ProviderID? = nil,
        maxAge: Duration? = nil,
        client: String,
        requestID: String
    ) {
        self.symbol = symbol
        self.provider = provider
        self.maxAge = maxAge
        self.client = client
        self.requestID = requestID
    }
}
