public import MarketData

/// What making a range complete in the database brought.
public struct FillAnswer: Hashable, Sendable {
    /// The series that was filled; for a timeframe that is aggregated, the one that it is made from.
    public let series: Series
    /// The range asked for, in whole periods.
    public let range: TimeRange
    /// Bars that were not stored before.
    public let inserted: Int
    /// Whether something was bought.
    public let isBought: Bool
    /// What the database still lacks of the range, oldest first.
    public let missing: [MissingRange]

    /// Creates an answer.
    public init(series: Series, range: TimeRange, inserted: Int, isBought: Bool, missing: [MissingRange]) {
        self.series = series
        self.range = range
        self.inserted = inserted
        self.isBought = isBought
        self.missing = missing
    }
}
