public import MarketData

/// What buying a range anew changed.
public struct RefreshAnswer: Hashable, Sendable {
    /// The series that was bought; for a timeframe that is aggregated, the one that it is made from.
    public let series: Series
    /// The range asked for, in whole periods.
    public let range: TimeRange
    /// Bars that were not known before.
    public let inserted: Int
    /// Bars whose values changed, as they are now, oldest first.
    ///
    /// Their revision was raised.
    public let revised: [Bar]
    /// Bars that came back with equal values.
    public let unchanged: Int
    /// Bars that were taken back.
    public let removed: Int
    /// What could not be bought, oldest first.
    public let missing: [MissingRange]

    /// Creates an answer.
    public init(
        series: Series,
        range: TimeRange,
        inserted: Int,
        revised: [Bar],
        unchanged: Int,
        removed: Int,
        missing: [MissingRange]
    ) {
        self.series = series
        self.range = range
        self.inserted = inserted
        self.revised = revised
        self.unchanged = unchanged
        self.removed = removed
        self.missing = missing
    }
}
