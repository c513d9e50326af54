public import MarketData

/// What is stored of a series.
public struct CoverageAnswer: Hashable, Sendable {
    /// A stretch that expires.
    public struct Provisional: Hashable, Sendable {
        /// The stretch.
        public let range: TimeRange
        /// When it was fetched, by the database's clock.
        public let fetchedAt: Timestamp
        /// Whether it has expired and will be bought again when asked for.
        public let isExpired: Bool

        /// Creates a stretch.
        public init(range: TimeRange, fetchedAt: Timestamp, isExpired: Bool) {
            self.range = range
            self.fetchedAt = fetchedAt
            self.isExpired = isExpired
        }
    }

    /// The stored series; for a timeframe that is aggregated, the one that it is made from.
    public let series: Series
    /// The asked timeframe.
    public let timeframe: Timeframe
    /// The series' version; 0 when nothing was ever stored.
    public let version: Int64
    /// The ranges that are complete for good, also those known to be empty.
    public let final: RangeSet
    /// The stretches that expire, oldest first.
    public let provisional: [Provisional]

    /// Creates an answer.
    public init(
        series: Series,
        timeframe: Timeframe,
        version: Int64,
        final: RangeSet,
        provisional: [Provisional]
    ) {
        self.series = series
        self.timeframe = timeframe
        self.version = version
        self.final = final
        self.provisional = provisional
    }
}
