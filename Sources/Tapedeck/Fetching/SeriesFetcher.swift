internal import Locking
internal import Logging
internal import MarketData
internal import MarketStore
internal import Providers

/// Executes the flights of a series: reads what the database knows of the range, buys the rest piece by piece, stores
/// each piece and puts it into memory.
struct SeriesFetcher: Sendable {
    private let core: CacheCore
    private let flight: CacheCore.Coordinator.Machine.Flight
    private let series: Series
    private let origin: RequestOrigin

    init(core: CacheCore, flight: CacheCore.Coordinator.Machine.Flight, series: Series, origin: RequestOrigin) {
        self.core = core
        self.flight = flight
        self.series = series
        self.origin = origin
    }

    func run() async -> FlightReport {
        var report = FlightReport()
        do {
            try await self.fetch(into: &report)
        } catch {
            report.end(error)
        }
        return report
    }

    /// Throws `TapedeckError` for a provider that cannot be used, and what the database throws.
    private func fetch(into report: inout FlightReport) async throws {
        let range = self.flight.range
        let wanted: RangeSet
        switch self.flight.mode {
        case .fetch, .renew:
            let (coverage, databaseNow, isCertain) = try await self.knowledge()
            let plan = self.core.store.plan(self.series, range, known: coverage, isCertain: isCertain) {
                self.core.fresh($0, of: self.series, databaseNow: databaseNow, mode: self.flight.mode)
            }
            if !plan.withheld.isEmpty { report.withheld.append(.unreadable(plan.withheld)) }
            wanted = plan.bought
        case .refresh:
            wanted = RangeSet(range)
        }
        guard !wanted.isEmpty else { return }

        let provider = try self.core.provider(self.series.provider)
        let known =
            self.flight.mode == .fetch ? self.core.memory.freshHorizon(self.series, tick: self.core.clock.now()) : nil
        let horizon: Horizon
        if let known {
            horizon = known
        } else {
            switch await self.core.askHorizon(of: self.series, provider) {
            case .success(let asked):
                horizon = asked
            case .failure(let failure):
                report.failures.append(self.core.failure(failure, wanted))
                return
            }
        }
        report.horizon = horizon
        guard let available = horizon.range else { return }
        try await self.buy(wanted.intersection(available), from: provider, horizon, into: &report)
    }

    /// What is known of the series, and whether that is all that the database holds; what it holds of a range that fits
    /// into memory is filled in there.
    private func knowledge() async throws -> (coverage: Coverage, databaseNow: Timestamp, isCertain: Bool) {
        let range = self.flight.range
        guard self.series.kind == .bars, range.nanoseconds <= self.memoryLength else {
            let known = try await self.core.store.knownCoverage(of: self.series)
            return (known.coverage, known.databaseNow, known.isCertain)
        }
        let ticket = self.core.memory.ticket(self.series)
        let tick = self.core.clock.now()
        let known = try await self.core.store.knownBars(self.series, in: range, limit: nil)
        if known.isCertain {
            self.core.memory.fill(MemoryContent(known.slice, range: range, tick: tick), ticket: ticket)
        }
        return (known.slice.coverage, known.slice.databaseNow, known.isCertain)
    }

    private func buy(
        _ ranges: RangeSet,
        from provider: any MarketDataProvider,
        _ horizon: Horizon,
        into report: inout FlightReport
    ) async throws {
        var left = ranges
        for (number, range) in ranges.ranges.enumerated() {
            guard number < self.core.configuration.purchasesPerFlightMax else {
                report.unbought = left
                return
            }
            let key = FlightKey.records(self.series)
            if let failure = self.core.rememberedFailure(key, range, provider: self.series.provider) {
                report.failures.append(self.core.failure(failure, left))
                return
            }
            let purchase = RangePurchase(
                core: self.core,
                series: self.series,
                range: range,
                mode: self.flight.mode,
                memoryStart: self.memoryStart(horizon),
                origin: self.origin
            )
            let result: RangePurchase.Result
            do {
                result = try await purchase.run(provider)
            } catch var withheld as Withheld {
                // The limit that keeps this part from being bought keeps the others.
                withheld.ranges = left
                report.withheld.append(withheld)
                return
            }
            report.purchaseCount += 1
            report.changes.add(result.changes)
            if let stored = result.stored {
                left.remove(stored)
                report.bought.insert(stored)
            }
            let rest = result.stored.map { RangeSet(range).subtracting(RangeSet($0)) } ?? RangeSet(range)
            guard let error = result.error ?? self.shortfall(rest, of: result, horizon) else {
                self.core.failures.withLock { $0.clear(key, range) }
                continue
            }
            let end = error.availableEnd ?? result.stored?.end ?? range.start
            if error.code == .notAvailableYet, end < range.end {
                let horizon = self.core.noteEnd(end, of: self.series)
                report.horizon = horizon
                // What lies before the new end is left to the next round.
                report.unavailable = report.unavailable.union(left.after(horizon.end))
            } else {
                let failure = self.core.noteFailure(key, rest.bounds ?? range, error, provider: self.series.provider)
                report.failures.append(self.core.failure(failure, left))
            }
            return
        }
    }

    /// What is to be made of a purchase that ended well but left something out; nil when it did not.
    ///
    /// At the end of what the provider has, its data end earlier than it said. Elsewhere it fails to deliver. Either is
    /// remembered for a while: otherwise each read would ask for the rest again.
    private func shortfall(_ rest: RangeSet, of result: RangePurchase.Result, _ horizon: Horizon) -> ProviderError? {
        guard let bounds = rest.bounds else { return nil }
        if let end = result.availableEnd {
            return ProviderError(.notAvailableYet, "the data end earlier", availableEnd: end)
        }
        if rest.ranges.count == 1, bounds.end == horizon.end {
            return ProviderError(.notAvailableYet, "the data end earlier", availableEnd: bounds.start)
        }
        return ProviderError(.corruptAnswer, "the provider delivered less than it was asked for")
    }

    /// The longest range that goes into memory as a whole: it fills half of it.
    private var memoryLength: Int64 {
        (Int64(self.core.configuration.barsMax) / 2).multipliedSaturating(by: self.series.timeframe.nanoseconds)
    }

    /// From where on what is bought goes into memory: of a backfill only what is among the newest that there is.
    private func memoryStart(_ horizon: Horizon) -> Timestamp {
        let range = self.flight.range
        guard range.nanoseconds > self.memoryLength else { return range.start }
        return max(range.end, horizon.end).advancedSaturating(byNanoseconds: -self.memoryLength)
    }
}

extension RangeSet {
    /// The instants at and after `start`.
    fileprivate func after(_ start: Timestamp) -> RangeSet {
        guard let end = self.bounds?.end, let range = TimeRange(start, end) else { return RangeSet() }
        return self.intersection(range)
    }
}
