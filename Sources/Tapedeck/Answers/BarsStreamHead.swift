public import MarketData

/// What is known of a streamed answer before its first bar.
public struct BarsStreamHead: Hashable, Sendable {
    /// Whose bars.
    public let series: Series
    /// The range answered, in whole periods.
    public let range: TimeRange
    /// Whether every bar of `range` follows.
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

    /// Creates a head.
    public init(
        series: Series,
        range: TimeRange,
        isComplete: Bool,
        missing: [MissingRange],
        isStale: Bool,
        tier: Tier,
        outcome: AnswerOutcome,
        age: Duration
    ) {
        self.series = series
        self.range = range
        self.isComplete = isComplete
        self.missing = missing
        self.isStale = isStale
        self.tier = tier
        self.outcome = outcome
        self.age = age
    }
}
