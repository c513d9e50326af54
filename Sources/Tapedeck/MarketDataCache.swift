public import Logging
public import MarketData
public import Providers
public import ServiceLifecycle

#if canImport(MarketStore)
public import MarketStore
#endif

/// The cache: answers from memory, else from the database, else buys what is missing, each piece at most once.
///
/// `run()` must be running: fetches live in its task group, so that what is paid for is stored even when the reader that
/// asked has gone. All calls throw `TapedeckError`.
public final class MarketDataCache: Service, Sendable {
    /// The limits in force.
    public let configuration: Configuration

    #if canImport(MarketStore)
    /// Creates a cache.
    ///
    /// `clock` measures elapsed time, `wallClock` tells the time of day.
    public init<C: Clock<Duration>>(
        store: MarketStore,
        providers: ProviderRegistry,
        configuration: Configuration = Configuration(),
        clock: C,
        wallClock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.configuration = configuration
    }
    #else
    /// Creates a cache without a store.
    public init() { self.configuration = Configuration() }
    #endif

    /// Executes fetches and looks for changed days, until graceful shutdown or cancellation.
    ///
    /// Fetches under way at a graceful shutdown are finished; reads that come later are refused with `shuttingDown`
    /// unless memory has the answer.
    public func run() async throws {
        throw TapedeckError(.shuttingDown, "not running")
    }

    /// The bars of a range, or the newest n.
    ///
    /// Throws `invalidRequest` for a range with more than `answerBarsMax` periods: stream it.
    public func bars(_ request: BarsRequest) async throws -> BarsAnswer {
        throw TapedeckError(.unsupported, "not built yet")
    }

    /// The bars of a range of any size, in pages: what is missing is bought first, then `head` is called once and
    /// `page` for each page, oldest first.
    ///
    /// Memory use does not depend on the size.
    public func streamBars(
        _ request: BarsRequest,
        head: (BarsStreamHead) async throws -> Void,
        page: ([Bar]) async throws -> Void
    ) async throws {
        throw TapedeckError(.unsupported, "not built yet")
    }

    /// The newest quote of a symbol.
    public func quote(_ request: LatestRequest) async throws -> QuoteAnswer {
        throw TapedeckError(.unsupported, "not built yet")
    }

    /// The newest price of a symbol: the last trade's when it is young enough, else the middle of the quote's.
    public func price(_ request: LatestRequest) async throws -> PriceAnswer {
        throw TapedeckError(.unsupported, "not built yet")
    }

    /// The newest spread of a symbol.
    public func spread(_ request: LatestRequest) async throws -> SpreadAnswer {
        throw TapedeckError(.unsupported, "not built yet")
    }

    /// The sampled quotes of a range.
    public func quotes(_ request: QuotesRequest) async throws -> QuotesAnswer {
        throw TapedeckError(.unsupported, "not built yet")
    }

    /// What is stored of a symbol's bars.
    public func coverage(symbol: String, timeframe: Timeframe, provider: ProviderID?) async throws -> CoverageAnswer {
        throw TapedeckError(.unsupported, "not built yet")
    }

    /// Buys the range, or the newest n bars, anew and tells what changed.
    public func refresh(_ request: BarsRequest) async throws -> RefreshAnswer {
        throw TapedeckError(.unsupported, "not built yet")
    }

    /// What the request would answer from where, and what it would buy.
    ///
    /// Buys nothing.
    public func explain(_ request: BarsRequest) async throws -> Explanation {
        throw TapedeckError(.unsupported, "not built yet")
    }

    /// What is stored, by provider and symbol.
    public func symbols() async throws -> [SymbolSummary] {
        throw TapedeckError(.unsupported, "not built yet")
    }

    /// How the cache is used.
    public func statistics() -> CacheStatistics {
        CacheStatistics()
    }

    /// Removes what has expired from memory, and from the database what its retention does not keep.
    public func cleanup() async throws -> CleanupAnswer {
        throw TapedeckError(.unsupported, "not built yet")
    }

    /// Removes everything in `scope` from memory and database.
    ///
    /// It would have to be bought again.
    public func clear(_ scope: CacheScope) async throws -> CleanupAnswer {
        throw TapedeckError(.unsupported, "not built yet")
    }
}
