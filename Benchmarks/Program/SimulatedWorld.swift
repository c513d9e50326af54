import Logging
import MarketData
import MarketStore
import Providers
import SQLDatabase
import Tapedeck
import TestSupport

/// A cache over the simulated market and an empty SQLite database in memory, at a time that the benchmark sets.
///
/// One clock decides everything that depends on time: the provider's, the database's and the cache's.
final class SimulatedWorld: Sendable {
    /// A Wednesday.
    static let dayStart = Timestamp(nanoseconds: 1_768_348_800_000_000_000)

    let clock = ManualClock()
    let start: Timestamp
    let provider: SimulatedProvider
    let cache: MarketDataCache
    private let store: MarketStore
    private let configuration: MarketDataCache.Configuration

    /// Creates a world whose time stands at `start`.
    init(start: Timestamp, configuration: MarketDataCache.Configuration = .init()) async throws {
        self.start = start
        let wallClock: @Sendable () -> Timestamp = { [clock] in
            start.advancedSaturating(byNanoseconds: clock.now.sinceStart.wholeNanoseconds)
        }
        var market = SimulatedProvider.Configuration()
        market.purchasesMax = 1_000_000
        // A row's first purchase is looked at here, not those for which a correction is a reason.
        market.market.correctedDaysShare = 0
        let provider = try SimulatedProvider(configuration: market, clock: self.clock, wallClock: wallClock)
        self.provider = provider
        let logger = Logger(label: "benchmarks") { _ in SwiftLogNoOpLogHandler() }
        let database = try await Database.connect("sqlite::memory:", logger: logger)
        self.store = MarketStore(database: database, clock: wallClock, logger: logger)
        try await self.store.migrate()
        self.configuration = configuration
        self.cache = Self.makeCache(self.store, provider, configuration, self.clock, wallClock)
    }

    /// Another cache with empty memory over the same database.
    func makeCache() -> MarketDataCache {
        Self.makeCache(self.store, self.provider, self.configuration, self.clock) { self.now }
    }

    /// The same with the clock that a worker has, for which time passes; the market's stands still.
    func makeTimedCache() -> MarketDataCache {
        Self.makeCache(self.store, self.provider, self.configuration, ContinuousClock()) { self.now }
    }

    private static func makeCache(
        _ store: MarketStore,
        _ provider: SimulatedProvider,
        _ configuration: MarketDataCache.Configuration,
        _ clock: some Clock<Duration>,
        _ wallClock: @escaping @Sendable () -> Timestamp
    ) -> MarketDataCache {
        MarketDataCache(
            store: store,
            providers: ProviderRegistry(preferred: [.simulated], factories: ["simulated": { _ in provider }]),
            configuration: configuration,
            clock: clock,
            wallClock: wallClock,
            logger: Logger(label: "benchmarks") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// The time now.
    var now: Timestamp { self.start.advancedSaturating(byNanoseconds: self.clock.now.sinceStart.wholeNanoseconds) }

    /// The market that the provider sells, for looking at it without buying.
    func market() throws -> SimulatedMarket {
        try SimulatedMarket(configuration: self.provider.configuration.market)
    }

    /// Moves the time on to `time`, and lets what waited for it be done.
    func advance(to time: Timestamp) async throws {
        let sleepers = self.clock.sleeperCount
        self.clock.advance(by: .nanoseconds(max(0, time.nanoseconds - self.now.nanoseconds)))
        guard self.clock.sleeperCount < sleepers else { return }
        repeat { try await Task.sleep(for: .milliseconds(1)) } while self.cache.statistics().flights > 0
    }

    /// Runs `body` while the world's cache runs.
    func running<Value: Sendable>(_ body: @Sendable (SimulatedWorld) async throws -> Value) async throws -> Value {
        try await Self.running(self.cache) { _ in try await body(self) }
    }

    /// Runs `body` while `cache` runs.
    static func running<Value: Sendable>(
        _ cache: MarketDataCache,
        _ body: @Sendable (MarketDataCache) async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await cache.run() }
            defer { group.cancelAll() }
            return try await body(cache)
        }
    }
}

extension Duration {
    /// The duration in nanoseconds, for the short spans of a benchmark.
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = self.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
