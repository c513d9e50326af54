internal import MarketData

/// Reads bars of any timeframe from one provider: as they are stored, or aggregated from a finer stored series.
struct BarsReader: Sendable {
    /// The most windows that are tried for the newest aggregated bars.
    private static var windowsMax: Int { 32 }

    let core: CacheCore
    let origin: RequestOrigin
    let patience: ReadPatience

    private var ranges: RangeReader { RangeReader(core: self.core, origin: self.origin, patience: self.patience) }

    /// The bars of `range`, which lies on the series' grid.
    func bars(_ series: Series, _ range: TimeRange, mode: CacheCore.Mode) async throws -> SeriesRead<Bar> {
        let source = try await self.core.source(of: series, in: range)
        return try await self.bars(series, from: source, range, mode: mode)
    }

    /// The newest `count` bars.
    func recent(_ series: Series, count: Int) async throws -> RecentRead {
        let source = try self.core.sources(of: series)[0]
        guard source != series || self.core.configuration.mode == .bypass else {
            let reader = RecentReader(core: self.core, origin: self.origin, patience: self.patience)
            return try await reader.bars(series, count: count)
        }
        return try await self.recent(series, from: source, count)
    }

    /// The newest `count` bars, bought anew, save what was bought just now to find out which they are.
    func refreshedRecent(_ series: Series, count: Int) async throws -> RecentRead {
        var recent = try await self.recent(series, count: count)
        let range = recent.read.range.expanded(to: series.timeframe)
        let source = try await self.core.source(of: series, in: range)
        let found = recent.read
        recent.read = try await self.bars(
            series,
            from: source,
            range,
            mode: .refresh,
            renewed: recent.bought[source] ?? RangeSet()
        )
        .newest(count)
        if found.tier.isSlower(than: recent.read.tier) { recent.read.tier = found.tier }
        recent.read.bought = recent.read.bought.union(found.bought)
        recent.read.isJoined = recent.read.isJoined && (found.isJoined || found.bought.isEmpty)
        return recent
    }

    private func bars(
        _ series: Series,
        from source: Series,
        _ range: TimeRange,
        mode: CacheCore.Mode,
        renewed: RangeSet = RangeSet(),
        accepting age: AcceptedAge = .fresh
    ) async throws -> SeriesRead<Bar> {
        guard source != series else {
            return try await self.ranges.bars(source, range, mode: mode, renewed: renewed, accepting: age)
        }
        let periods = range.nanoseconds / source.timeframe.nanoseconds
        guard periods > Int64(self.core.configuration.answerBarsMax) else {
            let read = try await self.ranges.bars(source, range, mode: mode, renewed: renewed, accepting: age)
            return try self.aggregated(read, series, from: source)
        }
        // The source's bars would not fit into one answer; its pages do, one after the other.
        let stream = BarsStream(core: self.core, origin: self.origin, series: series, source: source, range: range)
        var read = try await stream.prepare(mode: mode, renewed: renewed)
        try await stream.pages(read) { read.records += $0 }
        read.missing = MissingRanges.withoutForming(read.missing, series.timeframe, horizon: read.horizon)
        return read
    }

    private func aggregated(_ read: SeriesRead<Bar>, _ series: Series, from source: Series) throws -> SeriesRead<Bar> {
        var result = read
        do throws(MarketDataError) {
            result.records = try BarAggregation.aggregate(
                read.records,
                from: source.timeframe,
                to: series.timeframe,
                complete: read.complete,
                final: read.final,
                availableEnd: read.horizon?.availableEnd
            )
        } catch {
            throw TapedeckError(error, parameter: "timeframe")
        }
        result.missing = MissingRanges.withoutForming(read.missing, series.timeframe, horizon: read.horizon)
        return result
    }

    private func recent(_ series: Series, from source: Series, _ count: Int) async throws -> RecentRead {
        let horizons = HorizonReader(core: self.core, origin: self.origin, patience: self.patience)
        let (horizon, doubt) =
            if let resting = self.core.memory.restingHorizon(source, tick: self.core.clock.now()) {
                (resting, HorizonReader.Doubt?.none)
            } else {
                try await horizons.horizon(of: source)
            }
        let lookback = self.core.configuration.recentLookback.nanosecondsMax(series.timeframe)
        let end = series.timeframe.ceiling(horizon.availableEnd)
        let limit = max(horizon.start, end.advancedSaturating(byNanoseconds: -lookback))
        var windows = RecentWindows(timeframe: series.timeframe, end: end, limit: limit, count: count)
        var tier = Tier.memory
        var bought: [Series: RangeSet] = [:]
        var changes = StoredChanges()
        var isJoined = true
        for _ in 0..<Self.windowsMax {
            guard let window = windows.current else { break }
            let chosen = try await self.core.source(of: series, in: window)
            var read = try await self.bars(series, from: chosen, window, mode: .fetch, accepting: .resting)
            if read.tier.isSlower(than: tier) { tier = read.tier }
            read.tier = tier
            if !read.bought.isEmpty { isJoined = isJoined && read.isJoined }
            bought[chosen] = read.bought.union(bought[chosen] ?? RangeSet())
            read.bought = bought.values.reduce(read.bought) { $0.union($1) }
            read.isJoined = isJoined && !read.bought.isEmpty
            changes.add(read.changes)
            let isPartial = read.missing.contains { $0.reason != .notAvailableYet }
            guard read.records.count >= count || windows.isWidest || isPartial else {
                windows.widen(found: read.records.count, known: window.start)
                continue
            }
            read.changes = changes
            var recent = RecentRead(read: read.newest(count), reachesStart: false, bought: bought)
            if read.records.count < count, windows.isWidest {
                let days = lookback / Timeframe.oneDay.nanoseconds
                recent.noteLimit(windows.limit, horizon: horizon, lookbackDays: days)
            }
            if let doubt { horizons.note(doubt, behind: horizon, source, in: &recent.read) }
            return recent
        }
        let range = TimeRange(horizon.start, series.timeframe.end(ofPeriodStarting: horizon.start))
        guard let range else { throw TapedeckError(.unsupported, "\(series.provider) has no data of \(series.symbol)") }
        let empty = SeriesRead<Bar>(range: range, records: [], complete: RangeSet(), final: RangeSet(), tier: tier)
        return RecentRead(read: empty, reachesStart: true)
    }
}

extension Tier {
    func isSlower(than other: Tier) -> Bool {
        let order = Tier.allCases
        return (order.firstIndex(of: self) ?? 0) > (order.firstIndex(of: other) ?? 0)
    }
}

extension SeriesRead where Record == Bar {
    /// The newest `count` bars, with the range that they fill.
    func newest(_ count: Int) -> SeriesRead<Bar> {
        guard self.records.count > count else { return self }
        var result = self
        result.records = Array(self.records.suffix(count))
        guard let first = result.records.first, let range = TimeRange(first.timestamp, self.range.end) else {
            return self
        }
        result.range = range
        result.complete = self.complete.intersection(range)
        result.final = self.final.intersection(range)
        result.missing = self.missing.compactMap { missing in
            missing.range.intersection(range).map {
                MissingRange(range: $0, reason: missing.reason, detail: missing.detail)
            }
        }
        return result
    }
}
