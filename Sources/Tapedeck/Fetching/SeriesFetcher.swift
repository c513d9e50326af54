internal import Locking
internal import Logging
internal import MarketData
internal import MarketStore
internal import Providers

/// Executes the flights of a series: reads what the database knows of the range, claims what is missing, buys what it is
/// granted and waits for what other workers are buying, until nothing is missing.
///
/// It waits only while it holds nothing, so no two workers wait for each other.
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
            try await self.core.repeatRounds(of: self.key) { try await self.round(into: &report) }
        } catch {
            report.end(error)
        }
        return report
    }

    /// Looks what is missing, claims it, and buys what is granted.
    ///
    /// Throws `TapedeckError` for a provider that cannot be used, and what the database throws.
    private func round(into report: inout FlightReport) async throws -> FetchRound {
        let known = try await self.knowledge()
        let wanted = self.wanted(known, in: self.flight.range, &report)
        guard !wanted.isEmpty else { return .done }
        let provider = try self.core.provider(self.series.provider)
        guard let horizon = await self.horizon(of: provider, wanted, &report),
            let range = horizon.range.flatMap({ self.flight.range.intersection($0) })
        else { return .done }
        // Anew, because what has yet to come is no gap that takes anything along.
        let available = self.wanted(known, in: range, &report)
        guard let first = available.ranges.first else { return .done }
        if let failure = self.core.expectedFailure(self.key, first, provider: self.series.provider) {
            report.failures.append(self.core.failure(failure, available))
            return .done
        }
        let grantsMax = self.core.configuration.purchasesPerFlightMax - report.purchaseCount
        guard grantsMax > 0 else {
            report.unbought = available
            return .done
        }
        let purchases = SeriesPurchases(
            core: self.core,
            series: self.series,
            mode: self.flight.mode,
            memoryStart: self.memoryStart(horizon),
            horizon: horizon,
            origin: self.origin
        )
        guard
            let answer = try await self.core.store.claim(
                self.series,
                grantsMax: grantsMax,
                missing: self.missing(available, in: range)
            )
        else {
            // Nobody can have leases: what is bought without is decided as for a single worker.
            _ = try await purchases.buy(
                available.ranges.map { ($0, nil) },
                of: available,
                from: provider,
                into: &report
            )
            return .done
        }
        return try await self.follow(answer, of: available, purchases, from: provider, into: &report)
    }

    /// Does what the answer to a claim allows.
    private func follow(
        _ answer: LeaseAnswer,
        of available: RangeSet,
        _ purchases: SeriesPurchases,
        from provider: any MarketDataProvider,
        into report: inout FlightReport
    ) async throws -> FetchRound {
        let (isGoingOn, left) = try await purchases.buy(
            answer.granted.map { ($0.range, $0) },
            of: available,
            from: provider,
            into: &report
        )
        guard isGoingOn else { return .done }
        if let failure = answer.failure {
            let adopted = self.core.adopt(failure, self.key, answer.left.bounds ?? self.flight.range)
            report.failures.append(self.core.failure(adopted, left))
            return .done
        }
        let hasBought = answer.granted.contains { report.bought.contains($0.range) }
        if !answer.held.isEmpty {
            let wait = answer.heldFor ?? self.core.configuration.claimPollInterval
            return .again(after: answer.granted.isEmpty ? wait : .zero, hasBought: hasBought)
        }
        report.unbought = answer.left
        // What others have stored since it was looked for is to be read, and what was lost to them to be claimed again.
        let isBought = answer.granted.allSatisfy { report.bought.contains($0.range) }
        return answer.isNothingMissing || !isBought ? .again(after: .zero, hasBought: hasBought) : .done
    }

    private var key: FlightKey { .records(self.series) }

    /// What of `available`, which lies in `range`, a claim finds missing.
    private func missing(_ available: RangeSet, in range: TimeRange) -> @Sendable (Coverage, Timestamp) -> RangeSet {
        let (core, series, flight) = (self.core, self.series, self.flight)
        return { coverage, now in
            guard flight.mode != .refresh else { return available }
            let fresh = core.fresh(coverage, of: series, databaseNow: now, mode: flight.mode)
            return PurchasePlan.missing(in: range, fresh: fresh, coverage: coverage).intersection(available)
        }
    }

    /// What is known of the series.
    private struct Knowledge {
        let coverage: Coverage
        let databaseNow: Timestamp
        /// Whether it is all that the database holds.
        let isCertain: Bool
    }

    /// What is to be bought of `range` and was not bought by the flight yet; a refresh asks for no knowledge.
    private func wanted(_ known: Knowledge?, in range: TimeRange, _ report: inout FlightReport) -> RangeSet {
        guard let known else { return RangeSet(range).subtracting(report.bought) }
        let plan = self.core.store.plan(self.series, range, known: known.coverage, isCertain: known.isCertain) {
            self.core.fresh($0, of: self.series, databaseNow: known.databaseNow, mode: self.flight.mode)
        }
        report.withheld = plan.withheld.isEmpty ? [] : [.unreadable(plan.withheld)]
        return plan.bought.subtracting(report.bought)
    }

    /// From when to when the provider has the series; nil after a failure, which is in the report.
    private func horizon(
        of provider: any MarketDataProvider,
        _ wanted: RangeSet,
        _ report: inout FlightReport
    ) async -> Horizon? {
        if let horizon = report.horizon { return horizon }
        let tick = self.core.clock.now()
        if self.flight.mode == .fetch, let known = self.core.memory.freshHorizon(self.series, tick: tick) {
            report.horizon = known
            return known
        }
        switch await self.core.askHorizon(of: self.series, provider) {
        case .success(let asked):
            report.horizon = asked
            return asked
        case .failure(let failure):
            report.failures.append(self.core.failure(failure, wanted))
            return nil
        }
    }

    /// What is known of the series, nil for a refresh; what the database holds of a range that fits into memory is filled
    /// in there.
    private func knowledge() async throws -> Knowledge? {
        let range = self.flight.range
        guard self.flight.mode != .refresh else { return nil }
        guard self.series.kind == .bars, range.nanoseconds <= self.memoryLength else {
            let known = try await self.core.store.knownCoverage(of: self.series)
            return Knowledge(coverage: known.coverage, databaseNow: known.databaseNow, isCertain: known.isCertain)
        }
        let ticket = self.core.memory.ticket(self.series)
        let tick = self.core.clock.now()
        let known = try await self.core.store.knownBars(self.series, in: range, limit: nil)
        if known.isCertain {
            self.core.memory.fill(MemoryContent(known.slice, range: range, tick: tick), ticket: ticket)
        }
        return Knowledge(
            coverage: known.slice.coverage,
            databaseNow: known.slice.databaseNow,
            isCertain: known.isCertain
        )
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
