import Locking
public import MarketData

/// Sells the bars and quotes of a `SimulatedMarket` as Databento sells real ones, with switches for what can go wrong.
///
/// It sells 1s, 1m, 1h and 1d. Everything depends on the configuration and the wall clock that it is given, so two
/// providers of the same settings agree at every instant.
public final class SimulatedProvider: MarketDataProvider {
    /// Who this is.
    public var id: ProviderID { self.configuration.id }
    /// The bar timeframes that it sells; quotes it sells by the minute and by the second.
    public let timeframes: Set<Timeframe> = [.oneSecond, .oneMinute, .oneHour, .oneDay]
    /// Whether fetches cost money: whether a price is configured.
    public var isPaid: Bool { self.configuration.pricePerGB != nil }

    /// How the provider behaves.
    public let configuration: Configuration
    let market: SimulatedMarket
    private let clock: any Clock<Duration>
    private let wallClock: @Sendable () -> Timestamp
    private let state = Locked(SimulatedProviderState())

    /// Creates a provider; `clock` measures the latency, `wallClock` tells what time it is in the market.
    ///
    /// Throws `badRequest` naming a setting that is out of bounds.
    public init(
        configuration: Configuration = Configuration(),
        clock: any Clock<Duration>,
        wallClock: @escaping @Sendable () -> Timestamp
    ) throws(ProviderError) {
        try configuration.validate()
        self.configuration = configuration
        self.market = try SimulatedMarket(configuration: configuration.market)
        self.clock = clock
        self.wallClock = wallClock
    }

    /// Makes the next `count` calls fail, of one kind or of every kind.
    ///
    /// With `afterPieces` a fetch delivers that many pieces before it fails; one that has no more than these succeeds.
    public func failNext(
        _ count: Int,
        with error: ProviderError,
        only call: SimulatedCall? = nil,
        afterPieces: Int = 0
    ) {
        self.state.withLock {
            $0.script(.init(error: error, call: call, afterPieces: afterPieces, remaining: count))
        }
    }

    /// Forgets failures that were scripted and have not happened yet.
    public func clearFailures() {
        self.state.withLock { $0.clearFailures() }
    }

    /// How often each call was made, also when it failed.
    public var callCounts: [SimulatedCall: Int] {
        self.state.withLock { $0.callCounts }
    }

    /// The newest fetches that delivered something or came to their end, oldest first.
    public var purchases: [SimulatedPurchase] {
        self.state.withLock { $0.purchases }
    }

    /// From when to when the market can be had now; the same for every series that exists.
    public func availability(of series: Series) async throws -> Availability {
        _ = try await self.begin(.availability)
        _ = try self.market.symbol(series.symbol)
        return self.availability()
    }

    /// What fetching the ranges would cost: at most one record for each period that touches a session.
    public func estimate(_ series: Series, ranges: RangeSet) async throws -> FetchEstimate {
        _ = try await self.begin(.estimate)
        _ = try self.market.symbol(series.symbol)
        let now = self.availability()
        guard let available = TimeRange(now.start, now.end) else {
            return FetchEstimate(recordCount: 0, byteCount: 0, costUSD: 0)
        }
        let length = series.timeframe.nanoseconds
        var count = 0
        for range in ranges.intersection(available).ranges {
            let open = self.configuration.market.calendar.openRanges(in: range)
            let periods = RangeSet(open.ranges.map { $0.expanded(to: series.timeframe) })
            count += periods.ranges.reduce(0) { $0 + Int($1.nanoseconds / length) }
        }
        let bytes = count * Self.recordBytes(series.kind)
        return FetchEstimate(recordCount: count, byteCount: bytes, costUSD: self.price(ofBytes: bytes))
    }

    /// What a quote and a trade cost, as `fetchLatest` bills them.
    public func latestPrice(symbol: String) async throws -> Double? {
        self.price(ofBytes: 2 * Self.recordBytes(.quotes))
    }

    /// The hours of the market, which are the same for all its symbols.
    public func calendar(of symbol: String) -> TradingCalendar? {
        self.configuration.market.calendar
    }

    /// The days of `range` that were published again, as far as they are available now.
    public func changedDays(in range: TimeRange) async throws -> [ChangedDay] {
        _ = try await self.begin(.changedDays)
        return self.market.changedDays(in: range, asOf: self.availability().end)
    }

    /// Waits for the latency and throws when the call is to fail at once; else tells what is scripted for later.
    func begin(_ call: SimulatedCall) async throws(ProviderError) -> SimulatedProviderState.ScriptedFailure? {
        let (number, failure) = self.state.withLock { $0.begin(call) }
        do {
            if self.configuration.latency > .zero { try await self.clock.sleep(for: self.configuration.latency) }
            try Task.checkCancellation()
        } catch {
            throw ProviderError(.cancelled, "the call was cancelled")
        }
        if let failure, failure.afterPieces <= 0 || !call.isPurchase { throw failure.error }
        let now = self.wallClock()
        if let outage = self.configuration.outages.first(where: { $0.contains(now) }) {
            throw ProviderError(.unavailable, "the simulated provider is down until \(outage.end)")
        }
        let chance = SimulationHash.fraction(SimulationHash.mix(self.configuration.market.seed ^ 0xE0, number))
        guard chance >= self.configuration.errorShare else {
            throw ProviderError(.unavailable, "the simulated provider failed by chance, as errorShare asks for")
        }
        return failure
    }

    /// What can be had now.
    func availability() -> Availability {
        let start = self.configuration.market.start
        let delayed = self.wallClock().advancedSaturating(byNanoseconds: -self.configuration.availabilityDelay.clamped)
        let end = min(max(delayed, start), .latest)
        let settled = end.advancedSaturating(byNanoseconds: -self.configuration.settlingMargin.clamped)
        return Availability(start: start, end: end, settledEnd: max(settled, start))
    }

    func remember(_ purchase: SimulatedPurchase) {
        self.state.withLock { $0.remember(purchase, max: self.configuration.purchasesMax) }
    }

    func price(ofBytes bytes: Int) -> Double {
        Double(bytes) / 1_000_000_000 * (self.configuration.pricePerGB ?? 0)
    }

    /// The size of a record as Databento would bill it.
    static func recordBytes(_ kind: Series.Kind) -> Int {
        switch kind {
        case .bars: 56
        case .quotes: 80
        }
    }
}

extension Duration {
    /// The duration in nanoseconds; the configuration keeps it within a year.
    fileprivate var clamped: Int64 {
        let (seconds, attoseconds) = self.components
        return seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue &+ attoseconds / 1_000_000_000
    }
}
