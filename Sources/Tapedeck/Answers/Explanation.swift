public import MarketData
public import Providers

/// What a request would answer from where, and what it would buy.
///
/// Nothing was bought to find out.
public struct Explanation: Hashable, Sendable {
    /// Where a stretch would come from.
    public enum Source: String, Hashable, Sendable {
        /// This process's memory.
        case memory
        /// The database.
        case database
        /// The provider: it would be bought.
        case provider
        /// Nowhere yet: the provider does not have it.
        case notAvailableYet
        /// Nowhere: it lies before the first instant that the provider has.
        case beforeProviderStart
        /// Unknown, because the provider could not be asked what it has; it would be tried.
        case unknown
    }

    /// A stretch with one source.
    public struct Stretch: Hashable, Sendable {
        /// The stretch.
        public let range: TimeRange
        /// Where it would come from.
        public let source: Source

        /// Creates a stretch.
        public init(range: TimeRange, source: Source) {
            self.range = range
            self.source = source
        }
    }

    /// The asked series.
    public let series: Series
    /// The series that would be read and bought; another than `series` when its timeframe is aggregated.
    public let source: Series
    /// The range looked at, in whole periods.
    ///
    /// For the newest n bars it is the stretch that would be searched first.
    public let range: TimeRange
    /// The range's stretches, oldest first, without gaps.
    public let stretches: [Stretch]
    /// What buying would bring and cost, nil when nothing would be bought or the provider could not say.
    public let estimate: FetchEstimate?

    /// Creates an explanation.
    public init(series: Series, source: Series, range: TimeRange, stretches: [Stretch], estimate: FetchEstimate?) {
        self.series = series
        self.source = source
        self.range = range
        self.stretches = stretches
        self.estimate = estimate
    }
}
