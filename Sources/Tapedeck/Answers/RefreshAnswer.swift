public import MarketData
public import MarketStore

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
    /// The bars that were known before and are others now, or that came or went where it was known otherwise, oldest first.
    public let changes: [RecordChange<Bar>]
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
        changes: [RecordChange<Bar>],
        missing: [MissingRange]
    ) {
        self.series = series
        self.range = range
        self.inserted = inserted
        self.revised = revised
        self.unchanged = unchanged
        self.removed = removed
        self.changes = changes
        self.missing = missing
    }
}
