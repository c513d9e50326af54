extension MarketDataCache {
    /// Limits and lifetimes, each with its default.
    public struct Configuration: Sendable {
        /// Bars held in memory at most; an empty page counts as one.
        public var barsMax = 10_000
        /// Symbols whose newest prices are held in memory at most; the least recently used goes first.
        public var quotesMax = 1_000
        /// What it does with its stores and its providers.
        public var mode = CacheMode.cache
        /// When what is not final expires.
        public var freshness = FreshnessPolicy()
        /// How old a price may be by its own timestamp when the request does not say.
        public var priceAgeMax: Duration = .seconds(3_600)
        /// How far back a read of the newest n bars searches.
        public var recentLookback = RecentLookback()
        /// Bars in one answer at most; a bigger range has to be streamed, else the request is refused.
        public var answerBarsMax = 100_000
        /// Quotes in one answer at most; more are refused.
        public var answerQuotesMax = 100_000
        /// Bars in one page of a streamed answer at most.
        public var pageBarsMax = 5_000
        /// Fetches under way at once at most; a read that would need one more is refused with `overloaded`.
        public var flightsMax = 256
        /// Reads waiting for fetches at once at most; one more is refused with `overloaded`.
        public var waitersMax = 10_000
        /// Periods in one fetch at most; a longer range is fetched in several, newest first.
        public var flightPeriodsMax: Int64 = 100_000
        /// Purchases of one fetch at most; the rest is reported as missing.
        public var purchasesPerFlightMax = 64
        /// How long what a worker is buying stays its own when it is not heard of any more: then others may buy it.
        ///
        /// It is renewed three times in that time. All workers that share a database should have the same.
        public var leaseDuration: Duration = .seconds(10)
        /// Whether what failed for another worker a moment ago is left alone; a command that a person gives tries at once.
        public var heedsFailuresOfOthers = true
        /// How long a fetch waits for what other workers are buying before it fails with `timedOut`.
        public var claimWaitMax: Duration = .seconds(120)
        /// How often it looks meanwhile, if no news of it comes before.
        public var claimPollInterval: Duration = .milliseconds(250)
        /// Wait before a failed purchase is tried again: the first, doubled with each failure up to the last.
        public var fetchBackoff: ClosedRange<Duration> = .seconds(1) ... .seconds(30)
        /// Wait before a purchase that was refused (symbol, key, licence, credit, parameter) is tried again.
        public var refusalBackoff: Duration = .seconds(30)
        /// How long a read waits for the provider before stored data that has expired will do, marked stale; nil for as
        /// long as it takes.
        ///
        /// Without such data it waits on.
        public var softTimeout: Duration? = .milliseconds(300)
        /// How long a read waits for one fetch at most; then it fails with `timedOut`, and the fetch goes on.
        public var readTimeout: Duration = .seconds(300)
        /// Renewals in the background at once at most; one more is left to the next read.
        public var refreshesAheadMax = 32
        /// When a provider's circuit breaker opens, and for how long.
        public var breaker = BreakerConfiguration()
        /// Failures remembered at most; the oldest is forgotten first.
        public var failuresMax = 10_000
        /// Attempts to store what was bought before the purchase counts as failed.
        public var storeAttemptsMax = 5
        /// Wait between attempts to store: the first, doubled each time up to the last.
        public var storeBackoff: ClosedRange<Duration> = .milliseconds(50) ... .seconds(2)
        /// Whether anything is bought while the database cannot be written.
        ///
        /// While other workers are heard of nothing is: without the database they cannot know of each other's purchases.
        /// Switch it off for all but one of several workers that do not hear each other.
        public var buysWithoutDatabase = true
        /// Records that may wait to be written while the database is away, at most; while there is no room for what a
        /// purchase may bring, it is not made.
        public var writeBehindRecordsMax = 100_000
        /// Pending writes that one transaction carries out at most; one that fails is tried again write by write.
        public var writeBehindBatchWritesMax = 100
        /// Records that one transaction writes of what is pending at most, unless a single write has more.
        public var writeBehindBatchRecordsMax = 10_000
        /// How long a graceful end tries to write what is pending.
        public var writeBehindShutdownTimeout: Duration = .seconds(10)
        /// Wait between attempts to reach a database that is away: the first, doubled each time up to the last.
        public var probeBackoff: ClosedRange<Duration> = .milliseconds(100) ... .seconds(1)
        /// How long after the beginning of an outage reads wait for the database before they do without it.
        public var outageGrace: Duration = .seconds(3)
        /// Series of which is remembered what the database holds, for the time in which it is away, at most.
        public var rememberedSeriesMax = 10_000
        /// The most that may be spent in a day; unlimited by default.
        public var budget = Budget()
        /// How it takes part in the fleet of those that share its database.
        public var fleet = FleetConfiguration()
        /// Clients whose spending is among the statistics at most.
        public var rememberedClientsMax = 100
        /// How often it is looked up whether a provider's day of changed days is due; each is asked once a day.
        public var changedDaysInterval: Duration = .seconds(3_600)
        /// How many days back changed days are looked for.
        public var changedDaysLookbackDaysMax: Int64 = 30
        /// Purchases for changed days in one check at most; the rest is left for the next.
        public var changedDaysPurchasesMax = 500
        /// How long past quotes, and the trades bought with the newest ones, are kept in the database, or nil for good.
        ///
        /// A symbol's newest ones always stay.
        public var quotesRetention: Duration? = .seconds(7 * 86_400)

        /// Creates a configuration with the defaults.
        public init() {}
    }
}
