public import MarketData

/// The newest quote of a symbol.
public struct QuoteAnswer: Hashable, Sendable {
    /// Where it was bought.
    public let provider: ProviderID
    /// Whose quote.
    public let symbol: String
    /// The quote, or nil when the provider had none in the stretch that it searched.
    public let quote: Quote?
    /// How old the quote is by its own timestamp, or nil without one.
    public let age: Duration?
    /// How long ago the provider was asked.
    public let fetchedAge: Duration
    /// Whether the quote should have been renewed.
    public let isStale: Bool
    /// Why it could not be renewed, free of secrets; nil when it is not stale.
    public let staleReason: String?
    /// Where the answer comes from.
    public let tier: Tier
    /// How the answer was come by.
    public let outcome: AnswerOutcome

    /// Creates an answer.
    public init(
        provider: ProviderID,
        symbol: String,
        quote: Quote?,
        age: Duration?,
        fetchedAge: Duration,
        isStale: Bool,
        staleReason: String?,
        tier: Tier,
        outcome: AnswerOutcome
    ) {
        self.provider = provider
        self.symbol = symbol
        self.quote = quote
        self.age = age
        self.fetchedAge = fetchedAge
        self.isStale = isStale
        self.staleReason = staleReason
        self.tier = tier
        self.outcome = outcome
    }
}
