internal import Logging
internal import MarketData
internal import Providers

/// Finds out where a request's bars would come from, without buying any.
struct Explainer: Sendable {
    let core: CacheCore
    /// The asked series.
    let series: Series
    /// Who asks.
    let client: String

    func explain(_ span: BarsRequest.Span, isRefresh: Bool) async throws -> Explanation {
        if !isRefresh, case .last(let count) = span, let held = try self.heldRange(count) {
            let stretch = Explanation.Stretch(range: held, source: .memory)
            return Explanation(
                series: self.series,
                source: self.series,
                range: held,
                stretches: [stretch],
                estimate: nil,
                budget: try await self.budget(0)
            )
        }
        let provider = try self.core.provider(self.series.provider)
        let sources = try self.core.sources(of: self.series)
        let horizon = try await self.horizon(of: sources[0], provider)
        let range = try await self.range(span, sources[0], horizon)
        let source = try await self.core.source(of: self.series, in: range)
        let tick = self.core.clock.now()
        let known = try await self.core.store.knownCoverage(of: source)
        let planned = { (range: TimeRange) in
            self.core.store.plan(source, range, known: known.coverage, isCertain: known.isCertain) {
                self.core.fresh($0, of: source, databaseNow: known.databaseNow)
            }
        }
        let plan = planned(range)
        let fresh = self.core.fresh(known.coverage, of: source, databaseNow: known.databaseNow).union(plan.withheld)
        var wanted = isRefresh ? RangeSet(range) : plan.bought
        var parts: [(RangeSet, Explanation.Source)] = []
        if let horizon {
            let before = TimeRange(range.start, min(range.end, horizon.start)).map { RangeSet($0) } ?? RangeSet()
            let behind = TimeRange(max(range.start, horizon.end), range.end).map { RangeSet($0) } ?? RangeSet()
            parts += [
                (wanted.intersection(before), .beforeProviderStart), (wanted.intersection(behind), .notAvailableYet),
            ]
            // What has yet to come is no gap that takes anything along.
            let sold = horizon.range.flatMap { range.intersection($0) }
            wanted = sold.map { isRefresh ? RangeSet($0) : planned($0).bought } ?? RangeSet()
        }
        parts.append((wanted, horizon == nil ? .unknown : .provider))
        let bought = parts.reduce(RangeSet()) { $0.union($1.0) }
        let held = self.core.memory.freshRanges(source, in: range, tick: tick).subtracting(bought)
        parts.append((held, .memory))
        parts.append((fresh.intersection(range).subtracting(bought).subtracting(held), .database))
        let estimate = try await self.estimate(source, wanted, provider, isStored: !known.coverage.isEmpty)
        return Explanation(
            series: self.series,
            source: source,
            range: range,
            stretches: parts.flatMap { part in
                part.0.ranges.map { Explanation.Stretch(range: $0, source: part.1) }
            }.sorted { $0.range.start < $1.range.start },
            estimate: estimate,
            budget: try await self.budget(wanted.isEmpty ? 0 : estimate?.costUSD)
        )
    }

    /// The range of the newest bars when memory would answer them, nil when it would not.
    private func heldRange(_ count: Int) throws -> TimeRange? {
        try RequestChecks.count(count, max: self.core.configuration.answerBarsMax)
        let lookback = self.core.configuration.recentLookback.nanosecondsMax(self.series.timeframe)
        let tick = self.core.clock.now()
        let read = self.core.memory.readRecent(self.series, count, lookback: lookback, tick: tick)
        return read?.bars.count == count ? read?.range : nil
    }

    /// What the provider has, nil when it cannot be asked.
    ///
    /// Throws when it does not know the symbol and nothing of it is stored.
    private func horizon(of source: Series, _ provider: any MarketDataProvider) async throws -> Horizon? {
        if let known = self.core.memory.freshHorizon(source, tick: self.core.clock.now()) { return known }
        switch await self.core.askHorizon(of: source, provider) {
        case .success(let horizon):
            return horizon
        case .failure(let failure):
            guard failure.error.code == .symbolUnknown,
                try await self.core.store.coverage(of: source).coverage.isEmpty
            else { return nil }
            throw TapedeckError(failure.error, provider: source.provider, retryAfter: .zero)
        }
    }

    /// What is left of the day's budget, nil without one or without the database; a price that is nil is not known.
    private func budget(_ price: Double?) async throws -> Explanation.BudgetOutlook? {
        guard let limits = self.core.configuration.budget.limits(of: self.client),
            let spending = try await self.core.store.spending(client: self.client)
        else { return nil }
        let refusal =
            price.map { spending.exceeded(byPriceUSD: $0, client: self.client, limits: limits)?.description }
            ?? "a budget is set and the price is not known: nothing is bought"
        return Explanation.BudgetOutlook(
            spentUSD: spending.allUSD,
            limitUSD: limits.allUSD,
            clientSpentUSD: spending.clientUSD,
            clientLimitUSD: limits.clientUSD,
            refusal: refusal,
            resetsAt: spending.resetsAt
        )
    }

    /// What buying `wanted` would cost, nil when the provider cannot say.
    ///
    /// Throws when it does not know the symbol and nothing of it is stored: some providers notice that only here.
    private func estimate(
        _ source: Series,
        _ wanted: RangeSet,
        _ provider: any MarketDataProvider,
        isStored: Bool
    ) async throws -> FetchEstimate? {
        guard !wanted.isEmpty else { return nil }
        do {
            return try await provider.estimate(source, ranges: wanted)
        } catch let error as ProviderError where error.code == .symbolUnknown && !isStored {
            throw TapedeckError(error, provider: source.provider, retryAfter: .zero)
        } catch {
            self.core.logger.warning("a price is not known: \(error)", metadata: ["series": "\(source)"])
            return nil
        }
    }

    /// The asked range, or the stretch that a search for the newest bars would look at first.
    private func range(_ span: BarsRequest.Span, _ source: Series, _ horizon: Horizon?) async throws -> TimeRange {
        let count: Int
        switch span {
        case .range(let range): return try RequestChecks.range(range, self.series.timeframe)
        case .last(let asked): count = asked
        }
        try RequestChecks.count(count, max: self.core.configuration.answerBarsMax)
        let timeframe = self.series.timeframe
        let end = timeframe.ceiling(horizon?.availableEnd ?? self.core.wallClock())
        let lookback = self.core.configuration.recentLookback.nanosecondsMax(timeframe)
        let limit = max(horizon?.start ?? .earliest, end.advancedSaturating(byNanoseconds: -lookback))
        let windows = RecentWindows(timeframe: timeframe, end: end, limit: limit, count: count)
        guard let window = windows.current else {
            throw TapedeckError(.unsupported, "\(source.provider) has no data of '\(source.symbol)'")
        }
        guard source == self.series else { return window }
        // When the database has enough bars, they say how far back it goes.
        let slice = try await self.core.store.recentBars(source, before: end, count: count)
        guard slice.records.count == count, let known = TimeRange(slice.records[0].timestamp, end) else {
            return window
        }
        let fresh = self.core.fresh(slice.coverage, of: source, databaseNow: slice.databaseNow)
        let settled = TimeRange(known.start, fresh.rangeContaining(known.start)?.end ?? known.start)
        return settled.map { $0.end >= window.start ? known : window } ?? window
    }
}
