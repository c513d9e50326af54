public import MarketData

/// The newest spread of a symbol.
public struct SpreadAnswer: Hashable, Sendable {
    /// Where it was bought.
    public let provider: ProviderID
    /// Whose spread.
    public let symbol: String
    /// Ask less bid, or nil when there is no quote or a side is empty.
    ///
    /// Negative in a crossed market.
    public let spread: Double?
    /// The middle of bid and ask, nil like `spread`.
    public let middle: Double?
    /// The quote that it was taken from.
    public let quote: Quote?
    /// How old the quote is by its own timestamp, nil without one.
    public let age: Duration?
    /// How long ago the provider was asked.
    public let fetchedAge: Duration
    /// Whether the quote should have been renewed.
    public let isStale: Bool
    /// Where the answer comes from.
    public let tier: Tier
    /// How the answer was come by.
    public let outcome: AnswerOutcome

    /// Creates an answer.
    public init(
        provider: ProviderID,
        symbol: String,
        spread: Double?,
        middle: Double?,
        quote: Quote?,
        age: Duration?,
        fetchedAge: Duration,
        isStale: Bool,
        tier: Tier,
        outcome: AnswerOutcome
    ) {
        self.provider = provider
        self.symbol = symbol
        self.spread = spread
        self.middle = middle
        self.quote = quote
        self.age = age
        self.fetchedAge = fetchedAge
        self.isStale = isStale
        self.tier = tier
        self.outcome = outcome
    }
}
