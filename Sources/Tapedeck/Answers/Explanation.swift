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

    /// What is left of the day's budget, and whether the purchase fits into it.
    public struct BudgetOutlook: Hashable, Sendable {
        /// Spent or set aside today by all clients, in US dollars.
        public let spentUSD: Double
        /// The limit of a day for all clients, in US dollars, nil for none.
        public let limitUSD: Double?
        /// Spent or set aside today by the client that asks, in US dollars.
        public let clientSpentUSD: Double
        /// That client's limit of a day, in US dollars, nil for none.
        public let clientLimitUSD: Double?
        /// Whether what would be bought may be bought.
        public let isAllowed: Bool
        /// Why not, in words.
        public let refusal: String?
        /// When the next day begins.
        public let resetsAt: Timestamp

        /// Creates an outlook.
        public init(
            spentUSD: Double,
            limitUSD: Double?,
            clientSpentUSD: Double,
            clientLimitUSD: Double?,
            refusal: String?,
            resetsAt: Timestamp
        ) {
            self.spentUSD = spentUSD
            self.limitUSD = limitUSD
            self.clientSpentUSD = clientSpentUSD
            self.clientLimitUSD = clientLimitUSD
            self.isAllowed = refusal == nil
            self.refusal = refusal
            self.resetsAt = resetsAt
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
    /// What is left of the day's budget, nil when none is set.
    public let budget: BudgetOutlook?

    /// Creates an explanation.
    public init(
        series: Series,
        source: Series,
        range: TimeRange,
        stretches: [Stretch],
        estimate: FetchEstimate?,
        budget: BudgetOutlook? = nil
    ) {
        self.series = series
        self.source = source
        self.range = range
        self.stretches = stretches
        self.estimate = estimate
        self.budget = budget
    }
}
