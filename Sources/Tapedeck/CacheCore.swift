internal import Locking
internal import Logging
internal import MarketData
internal import MarketStore
internal import Providers

/// What the parts of the cache share.
final class CacheCore: Sendable {
    typealias Coordinator = FlightCoordinator<FlightKey, FlightReport>
    typealias Mode = FlightStateMachine<FlightKey, FlightReport>.Mode

    let store: GuardedStore
    let providers: ProviderRegistry
    let configuration: MarketDataCache.Configuration
    let clock: ElapsedClock
    let wallClock: @Sendable () -> Timestamp
    let logger: Logger
    let memory: BarMemory
    let latest: QuoteMemory
    let coordinator: Coordinator
    let failures: Locked<FailureMemory<FailureKey>>
    let refusals: Locked<BudgetRefusals>
    let routes: Locked<RouteMemory>
    let counters = ReadCounters()

    init(
        store: MarketStore,
        providers: ProviderRegistry,
        configuration: MarketDataCache.Configuration,
        clock: ElapsedClock,
        wallClock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.providers = providers
        self.configuration = configuration
        self.clock = clock
        self.wallClock = wallClock
        self.logger = logger
        self.memory = BarMemory(barsMax: max(1, configuration.barsMax), freshness: configuration.freshness)
        self.latest = QuoteMemory(quotesMax: configuration.quotesMax)
        self.store = GuardedStore(
            marketStore: store,
            memory: self.memory,
            latest: self.latest,
            configuration: configuration,
            clock: clock,
            wallClock: wallClock,
            logger: logger
        )
        self.coordinator = Coordinator(
            flightsMax: max(1, configuration.flightsMax),
            waitersMax: max(1, configuration.waitersMax)
        )
        self.routes = Locked(RouteMemory(routesMax: configuration.failuresMax))
        self.refusals = Locked(BudgetRefusals(refusalsMax: configuration.failuresMax))
        self.failures = Locked(
            FailureMemory(
                backoff: configuration.fetchBackoff,
                refusalBackoff: configuration.refusalBackoff,
                failuresMax: configuration.failuresMax
            )
        )
    }

    /// How long a provisional stretch of the series lives, in nanoseconds.
    func lifetime(_ series: Series) -> Int64 {
        self.configuration.freshness.provisionalLifetime(series.timeframe).clampedNanoseconds
    }

    /// What of a coverage has not expired.
    func fresh(_ coverage: Coverage, of series: Series, databaseNow: Timestamp) -> RangeSet {
        coverage.fresh(fetchedAfter: databaseNow.advancedSaturating(byNanoseconds: -self.lifetime(series)))
    }

    /// Where an answer comes from that memory did not have before these flights.
    func tier(behind reports: [FlightReport]) -> Tier {
        if reports.contains(where: { $0.purchaseCount > 0 }) { return .provider }
        return self.store.isReachable ? .database : .memory
    }

    /// Waits until flights have dealt with `range`, of which a refresh leaves out what is `renewed` already.
    func wait(
        for series: Series,
        _ range: TimeRange,
        mode: Mode,
        renewed: RangeSet,
        origin: RequestOrigin
    ) async throws -> [FlightReport] {
        guard mode == .refresh, !renewed.isEmpty else {
            return try await self.wait(for: series, range, mode: mode, origin: origin)
        }
        var reports: [FlightReport] = []
        for rest in RangeSet(range).subtracting(renewed).ranges.reversed() {
            reports += try await self.wait(for: series, rest, mode: mode, origin: origin)
            if reports.contains(where: \.hasFailed) { break }
        }
        return reports
    }

    /// Waits until flights have dealt with the whole of `range`; a long range takes several, the newest part first.
    func wait(
        for series: Series,
        _ range: TimeRange,
        mode: Mode,
        origin: RequestOrigin
    ) async throws -> [FlightReport] {
        let length = max(1, self.configuration.flightPeriodsMax).multipliedSaturating(by: series.timeframe.nanoseconds)
        var reports: [FlightReport] = []
        var end = range.end
        while let part = TimeRange(max(range.start, end.advancedSaturating(byNanoseconds: -length)), end) {
            let waited = try await self.coordinator.wait(for: .records(series), part, mode: mode, origin: origin)
            self.counters.noteJoin(waited.hasJoined)
            reports += waited.outcomes
            // Where the newest part fails, the older ones would too.
            if waited.outcomes.contains(where: \.hasFailed) { break }
            end = part.start
        }
        return reports
    }
}
