internal import Locking
internal import Logging
internal import MarketData
internal import MarketStore
internal import Providers

/// What the parts of the cache share.
final class CacheCore: Sendable {
    typealias Coordinator = FlightCoordinator<FlightKey, FlightReport>
    typealias Mode = FlightStateMachine<FlightKey, FlightReport>.Mode

    let store: MarketStore
    let providers: ProviderRegistry
    let configuration: MarketDataCache.Configuration
    let clock: ElapsedClock
    let wallClock: @Sendable () -> Timestamp
    let logger: Logger
    let memory: BarMemory
    let latest: QuoteMemory
    let coordinator: Coordinator
    let failures: Locked<FailureMemory<FailureKey>>
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
        self.store = store
        self.providers = providers
        self.configuration = configuration
        self.clock = clock
        self.wallClock = wallClock
        self.logger = logger
        self.memory = BarMemory(barsMax: max(1, configuration.barsMax), freshness: configuration.freshness)
        self.latest = QuoteMemory(quotesMax: configuration.quotesMax)
        self.coordinator = Coordinator(
            flightsMax: max(1, configuration.flightsMax),
            waitersMax: max(1, configuration.waitersMax)
        )
        self.routes = Locked(RouteMemory(routesMax: configuration.failuresMax))
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
        coverage.fresh(at: databaseNow, lifetime: self.lifetime(series))
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
        var left = RangeSet(range).subtracting(renewed)
        for rest in left.ranges.reversed() {
            reports += try await self.wait(for: series, rest, mode: mode, origin: origin)
            left.remove(rest)
            if reports.contains(where: \.hasFailed) { break }
        }
        reports.noteLeft(left)
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
            end = part.start
            // Where the newest part fails, the older ones would too, for the same cause.
            if waited.outcomes.contains(where: \.hasFailed) { break }
        }
        reports.noteLeft(TimeRange(range.start, end).map { RangeSet($0) } ?? RangeSet())
        return reports
    }
}
