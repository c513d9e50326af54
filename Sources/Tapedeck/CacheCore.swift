internal import Locking
internal import Logging
internal import MarketData
internal import MarketStore
internal import Metrics
internal import Providers

/// What the parts of the cache share.
final class CacheCore: Sendable {
    typealias Coordinator = FlightCoordinator<FlightKey, FlightReport>
    typealias Mode = FlightStateMachine<FlightKey, FlightReport>.Mode

    let store: GuardedStore
    let providers: ProviderRegistry
    /// The provider of every request that names none, if there is one only.
    let onlyProvider: ProviderID?
    let configuration: MarketDataCache.Configuration
    let clock: ElapsedClock
    let wallClock: @Sendable () -> Timestamp
    let logger: Logger
    let memory: BarMemory
    let latest: QuoteMemory
    let coordinator: Coordinator
    let changes: ChangeBoard
    let failures: Locked<FailureMemory<FlightKey>>
    let refusals: Locked<BudgetRefusals>
    let breakers: BreakerBoard
    let renewals: Renewals
    let bypasses: BypassGate
    /// Draws numbers of 0 ..< 1, which spread what would otherwise happen in one instant.
    let random: @Sendable () -> Double
    let routes: Locked<RouteMemory>
    let sender: FleetSender
    let receiver: FleetReceiver
    let counters = ReadCounters()
    let upstream: UpstreamMetrics

    init(
        store: MarketStore,
        providers: ProviderRegistry,
        channel: (any FleetChannel)?,
        worker: WorkerID,
        configuration: MarketDataCache.Configuration,
        clock: ElapsedClock,
        wallClock: @escaping @Sendable () -> Timestamp,
        random: @escaping @Sendable () -> Double,
        metrics: any MetricsFactory,
        logger: Logger
    ) {
        self.providers = providers
        self.onlyProvider = providers.preferred.count == 1 ? providers.preferred[0] : nil
        self.configuration = configuration
        self.clock = clock
        self.wallClock = wallClock
        self.random = random
        self.logger = logger
        self.upstream = UpstreamMetrics(factory: metrics)
        self.memory = BarMemory(barsMax: max(1, configuration.barsMax), freshness: configuration.freshness)
        self.latest = QuoteMemory(quotesMax: configuration.quotesMax)
        self.changes = ChangeBoard(clock: clock)
        let peers = Locked(
            PeerTable(
                own: worker,
                peersMax: configuration.fleet.peersMax,
                heartbeatTimeout: configuration.fleet.heartbeatTimeout,
                silence: configuration.fleet.peerSilence,
                canHear: channel?.hears ?? false
            )
        )
        self.sender = FleetSender(
            id: worker,
            channel: channel,
            memory: self.memory,
            peers: peers,
            configuration: configuration.fleet,
            clock: clock,
            logger: logger
        )
        self.store = GuardedStore(
            marketStore: store,
            memory: self.memory,
            latest: self.latest,
            sender: self.sender,
            peers: peers,
            changes: self.changes,
            configuration: configuration,
            clock: clock,
            wallClock: wallClock,
            logger: logger
        )
        self.receiver = FleetReceiver(
            channel: channel,
            sender: self.sender,
            store: self.store,
            memory: self.memory,
            latest: self.latest,
            board: self.changes,
            peers: peers,
            configuration: configuration.fleet,
            clock: clock,
            logger: logger
        )
        self.coordinator = Coordinator(
            flightsMax: max(1, configuration.flightsMax),
            waitersMax: max(1, configuration.waitersMax)
        )
        self.breakers = BreakerBoard(
            configuration: configuration.breaker,
            refusalTime: configuration.refusalBackoff,
            clock: clock,
            random: random
        )
        self.bypasses = BypassGate(purchasesMax: max(1, configuration.flightsMax))
        self.renewals = Renewals(renewalsMax: max(1, configuration.refreshesAheadMax), clock: clock)
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

    /// What of a coverage has not expired, or, for a renewal, does not expire soon.
    func fresh(_ coverage: Coverage, of series: Series, databaseNow: Timestamp, mode: Mode = .fetch) -> RangeSet {
        let lifetime = self.lifetime(self.lifetime(series), mode: mode)
        return coverage.fresh(at: databaseNow, lifetime: lifetime)
    }

    /// The age up to which a flight of this mode does not buy again what lives for `lifetime` nanoseconds.
    func lifetime(_ lifetime: Int64, mode: Mode) -> Int64 {
        // A little less than the age at which a renewal is asked for, which another clock has measured.
        mode == .renew ? self.configuration.freshness.aheadNanoseconds(lifetime: lifetime) / 20 * 19 : lifetime
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
            reports += waited.reports
            end = part.start
            // Where the newest part fails, the older ones would too, for the same cause.
            if waited.outcomes.contains(where: \.hasFailed) { break }
            // Two centuries of seconds are tens of thousands of flights, few of which the provider has anything for.
            if let horizon = waited.outcomes.lazy.compactMap(\.horizon).last {
                end = min(end, horizon.end)
                if end <= horizon.start { return reports }
            }
        }
        reports.noteLeft(TimeRange(range.start, end).map { RangeSet($0) } ?? RangeSet())
        return reports
    }
}
