public import MarketData

/// The newest price of a symbol: the last trade's, else the middle of the quote, neither older than asked.
public struct PriceAnswer: Hashable, Sendable {
    /// What a price was taken from.
    public enum Source: String, Hashable, Sendable {
        /// The last trade.
        case trade
        /// The middle of bid and ask.
        case quote
    }

    /// Where it was bought.
    public let provider: ProviderID
    /// Whose price.
    public let symbol: String
    /// The price, or nil when neither trade nor quote is young enough: see `tradeAge` and `quoteAge`.
    public let price: Double?
    /// What the price was taken from, nil without one.
    public let source: Source?
    /// When the price stood, nil without one.
    public let timestamp: Timestamp?
    /// How old a price was allowed to be.
    public let maxAge: Duration
    /// How old the last trade is by its own timestamp, nil when none is known.
    public let tradeAge: Duration?
    /// How old the newest quote is by its own timestamp, nil when none is known.
    public let quoteAge: Duration?
    /// How long ago the provider was asked.
    public let fetchedAge: Duration
    /// Whether the price should have been renewed.
    public let isStale: Bool
    /// Where the answer comes from.
    public let tier: Tier
    /// How the answer was come by.
    public let outcome: AnswerOutcome

    /// Creates an answer.
    public init(
        provider: ProviderID,
        symbol: String,
        price: Double?,
        source: Source?,
        timestamp: Timestamp?,
        maxAge: Duration,
        tradeAge: Duration?,
        quoteAge: Duration?,
        fetchedAge: Duration,
        isStale: Bool,
        tier: Tier,
        outcome: AnswerOutcome
    ) {
        self.provider = provider
        self.symbol = symbol
        self.price = price
        self.source = source
        self.timestamp = timestamp
        self.maxAge = maxAge
        self.tradeAge = tradeAge
        self.quoteAge = quoteAge
        self.fetchedAge = fetchedAge
        self.isStale = isStale
        self.tier = tier
        self.outcome = outcome
    }
}
