public import MarketData
public import ServiceLifecycle
public import Tapedeck

/// What a worker needs of a cache: `MarketDataCache`, or a scripted one where the answers themselves are under test.
///
/// Each call is described at `MarketDataCache`.
public protocol MarketDataService: Service, Sendable {
    /// Bars in one answer at most, unless it is streamed.
    var answerBarsMax: Int { get }
    /// The bars of a range, or the newest n.
    func bars(_ request: BarsRequest) async throws -> BarsAnswer
    /// The bars, if memory alone can give them; it never waits.
    func heldBars(_ request: BarsRequest) -> BarsAnswer?
    /// The bars of a range of any size, in pages.
    func streamBars(
        _ request: BarsRequest,
        head: (BarsStreamHead) async throws -> Void,
        page: ([Bar]) async throws -> Void
    ) async throws
    /// The newest quote of a symbol.
    func quote(_ request: LatestRequest) async throws -> QuoteAnswer
    /// The newest price of a symbol.
    func price(_ request: LatestRequest) async throws -> PriceAnswer
    /// The newest spread of a symbol.
    func spread(_ request: LatestRequest) async throws -> SpreadAnswer
    /// The sampled quotes of a range.
    func quotes(_ request: QuotesRequest) async throws -> QuotesAnswer
    /// What is stored of a symbol's bars.
    func coverage(symbol: String, timeframe: Timeframe, provider: ProviderID?) async throws -> CoverageAnswer
    /// What the request would answer from where, and what it would buy.
    func explain(_ request: BarsRequest) async throws -> Explanation
    /// Buys a range anew and tells what changed.
    func refresh(_ request: BarsRequest) async throws -> RefreshAnswer
    /// What is stored, by provider and symbol.
    func symbols() async throws -> [SymbolSummary]
    /// How the cache is used.
    func statistics() -> CacheStatistics
    /// Removes what has expired.
    func cleanup() async throws -> CleanupAnswer
    /// Removes everything in a scope from memory and database.
    func clear(_ scope: CacheScope) async throws -> CleanupAnswer
}

extension MarketDataCache: MarketDataService {
    /// Bars in one answer at most, unless it is streamed.
    public var answerBarsMax: Int { self.configuration.answerBarsMax }
}
