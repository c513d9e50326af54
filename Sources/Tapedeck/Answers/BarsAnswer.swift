public import MarketData

/// The bars of a request, and how much to trust them.
public struct BarsAnswer: Hashable, Sendable {
    /// Whose bars.
    public let series: Series
    /// The range answered, in whole periods.
    ///
    /// For the newest n bars: from the oldest of them to the end of what is known.
    public let range: TimeRange
    /// The bars, oldest first.
    public let bars: [Bar]
    /// Whether every bar of `range` is here, and, for the newest n, whether there are n of them or the series' first.
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
    /// Whether all of `range` is here and final: only a correction changes it.
    public let isFinal: Bool
    /// Whether the answer reaches back to the first instant that the provider has.
    public let reachesSeriesStart: Bool

    /// Creates an answer.
    public init(
        series: Series,
        range: TimeRange,
        bars: [Bar],
        isComplete: Bool,
        missing: [MissingRange],
        isStale: Bool,
        tier: Tier,
        outcome: AnswerOutcome,
        age: Duration,
        isFinal: Bool,
        reachesSeriesStart: Bool
    ) {
        self.series = series
        self.range = range
        self.bars = bars
        self.isComplete = isComplete
        self.missing = missing
        self.isStale = isStale
        self.tier = tier
        self.outcome = outcome
        self.age = age
        self.isFinal = isFinal
        self.reachesSeriesStart = reachesSeriesStart
    }
}
