public import MarketData

/// The sampled quotes of a request.
public struct QuotesAnswer: Hashable, Sendable {
    /// Whose quotes.
    public let series: Series
    /// The range answered, in whole periods.
    public let range: TimeRange
    /// The quotes, oldest first.
    public let quotes: [Quote]
    /// Whether every quote of `range` is here.
    public let isComplete: Bool
    /// What is missing, oldest first.
    public let missing: [MissingRange]
    /// Whether stored data that should have been renewed is part of the answer: `missing` says which and why.
    public let isStale: Bool
    /// Where the answer comes from.
    public let tier: Tier
    /// How the answer was come by.
    public let outcome: AnswerOutcome
    /// How long ago the oldest provisional part was fetched; zero when all is final.
    public let age: Duration

    /// Creates an answer.
    public init(
        series: Series,
        range: TimeRange,
        quotes: [Quote],
        isComplete: Bool,
        missing: [MissingRange],
        isStale: Bool,
        tier: Tier,
        outcome: AnswerOutcome,
        age: Duration
    ) {
        self.series = series
        self.range = range
        self.quotes = quotes
        self.isComplete = isComplete
        self.missing = missing
        self.isStale = isStale
        self.tier = tier
        self.outcome = outcome
        self.age = age
    }
}
