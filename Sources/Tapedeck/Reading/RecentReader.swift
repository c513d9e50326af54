internal import MarketData
internal import MarketStore

/// Reads the newest n bars of a stored series: walks back over what is known, buying windows that grow, until n are found
/// or the series is known to begin.
struct RecentReader: Sendable {
    /// The most windows that are tried; they at least double, so the limit of the search comes first.
    private static var windowsMax: Int { 64 }

    let core: CacheCore
    let origin: RequestOrigin
    let patience: ReadPatience

    func bars(_ series: Series, count: Int) async throws -> RecentRead {
        if let hit = self.memoryRead(series, count, tier: .memory) { return hit }
        let (stale, lookback) = (StaleReader(core: self.core, origin: self.origin), self.lookback(series))
        if self.patience.answersStale, let read = stale.newestAtOnce(series, count, lookback: lookback) {
            return RecentRead(read: read, reachesStart: false)
        }
        return try await self.core.answer(with: self.patience) {
            try await self.fetchedBars(series, count)
        } stale: {
            await stale.newest(series, count, lookback: lookback).map { RecentRead(read: $0, reachesStart: false) }
        }
    }

    private func fetchedBars(_ series: Series, _ count: Int) async throws -> RecentRead {
        let reader = HorizonReader(core: self.core, origin: self.origin, patience: .untilFetched)
        let (horizon, doubt) = try await reader.horizon(of: series)
        if doubt == nil, let hit = self.memoryRead(series, count, tier: .memory) { return hit }
        var recent = try await self.search(series, count, horizon)
        if let doubt { reader.note(doubt, behind: horizon, series, in: &recent.read) }
        return recent
    }

    /// How far back is searched, in nanoseconds.
    private func lookback(_ series: Series) -> Int64 {
        self.core.configuration.recentLookback.nanosecondsMax(series.timeframe)
    }

    private func memoryRead(_ series: Series, _ count: Int, tier: Tier) -> RecentRead? {
        let lookback = self.lookback(series)
        let tick = self.core.clock.now()
        guard let read = self.core.memory.readRecent(series, count, lookback: lookback, tick: tick),
            let horizon = read.horizon
        else { return nil }
        self.core.renewIfDue(read, of: series, origin: self.origin)
        let asked = read.range ?? TimeRange(horizon.start, series.timeframe.end(ofPeriodStarting: horizon.start))
        guard let asked else { return nil }
        var recent = RecentRead(read: SeriesRead(read, asked: asked, tier: tier), reachesStart: false)
        if read.bars.count < count, let limit = read.range?.start {
            recent.noteLimit(limit, horizon: horizon, lookbackDays: lookback / Timeframe.oneDay.nanoseconds)
        }
        return recent
    }

    private func search(_ series: Series, _ count: Int, _ asked: Horizon) async throws -> RecentRead {
        var horizon = asked
        var windows = self.windows(series, count, horizon)
        var reports: [FlightReport] = []
        for _ in 0..<Self.windowsMax {
            guard let window = windows.current else { break }
            let waited = try await self.core.wait(for: series, window, mode: .fetch, origin: self.origin)
            reports += waited
            if let refusal = waited.lazy.compactMap(\.refusal).first { throw refusal }
            if let error = waited.lazy.compactMap(\.databaseError).first {
                return try self.staleRead(series, count, error)
            }
            if let earlier = waited.lazy.compactMap(\.horizon).first(where: { $0.end < horizon.end }) {
                horizon = earlier
                windows = self.windows(series, count, horizon)
                continue
            }
            let tier = self.core.tier(behind: reports)
            if let hit = self.memoryRead(series, count, tier: tier) { return hit.noting(reports, of: series) }

            let found: Found
            do {
                found = try await self.stored(series, count, windows, horizon, reports, tier)
            } catch {
                return try self.staleRead(series, count, error)
            }
            let mayGoOn = !waited.contains { $0.isPartial }
            if found.isEnough || !mayGoOn || windows.isWidest {
                return try self.checked(found, series, reports).noting(reports, of: series)
            }
            windows.widen(found: found.knownCount, known: found.known)
        }
        // The provider has nothing at all.
        let range = TimeRange(horizon.start, series.timeframe.end(ofPeriodStarting: horizon.start))
        guard let range else { throw TapedeckError(.unsupported, "\(series.provider) has no data of \(series.symbol)") }
        let empty = SeriesRead<Bar>(range: range, records: [], complete: RangeSet(), final: RangeSet(), tier: .database)
        return RecentRead(read: empty, reachesStart: true)
    }

    private func windows(_ series: Series, _ count: Int, _ horizon: Horizon) -> RecentWindows {
        RecentWindows(
            timeframe: series.timeframe,
            end: horizon.end,
            limit: max(horizon.start, horizon.end.advancedSaturating(byNanoseconds: -self.lookback(series))),
            count: count
        )
    }

    /// What the database holds of the newest bars.
    private struct Found {
        var recent: RecentRead
        /// From here to the end everything is known and fresh.
        let known: Timestamp
        /// How many bars there are from `known` on.
        let knownCount: Int
        let isEnough: Bool
    }

    /// Throws what the database throws.
    private func stored(
        _ series: Series,
        _ count: Int,
        _ windows: RecentWindows,
        _ horizon: Horizon,
        _ reports: [FlightReport],
        _ tier: Tier
    ) async throws -> Found {
        let ticket = self.core.memory.ticket(series)
        let tick = self.core.clock.now()
        // What is stored from before the limit of the search is no part of it: nobody looked at what lies between.
        let slice = try await self.core.store.recentBars(series, before: horizon.end, count: count).from(windows.limit)
        let fresh = self.core.fresh(slice.coverage, of: series, databaseNow: slice.databaseNow)
        let last = horizon.end.advancedSaturating(byNanoseconds: -1)
        let known = max(fresh.rangeContaining(last)?.start ?? horizon.end, windows.limit)
        let knownCount = slice.records.count - slice.records.lowerBound(known, before: slice.records.count)
        let isEnough = knownCount >= count || known <= windows.limit

        // What is answered begins with the oldest bar, or where the search ended when there are too few.
        let start = slice.records.count >= count ? slice.records[0].timestamp : windows.limit
        guard let range = TimeRange(start, horizon.end) else {
            preconditionFailure("A window ends at the horizon and is not empty.")
        }
        if isEnough { self.core.memory.fill(MemoryContent(slice, range: range, tick: tick), ticket: ticket) }
        let read = SeriesRead(slice, of: series, range, reports, tier, tick, core: self.core, \.timestamp)
        var recent = RecentRead(read: read, reachesStart: false)
        if slice.records.count < count, isEnough {
            let days = self.lookback(series) / Timeframe.oneDay.nanoseconds
            recent.noteLimit(windows.limit, horizon: horizon, lookbackDays: days)
        }
        return Found(recent: recent, known: known, knownCount: knownCount, isEnough: isEnough)
    }

    /// The bars found, unless nothing at all is known and buying failed.
    private func checked(_ found: Found, _ series: Series, _ reports: [FlightReport]) throws -> RecentRead {
        guard !found.isEnough, found.recent.read.records.isEmpty, found.recent.read.complete.isEmpty else {
            return found.recent
        }
        if let failure = reports.lazy.flatMap(\.failures).first {
            throw TapedeckError(failure.error, provider: series.provider, retryAfter: failure.retryAfter)
        }
        if let withheld = reports.lazy.flatMap(\.withheld).first { throw withheld.error }
        return found.recent
    }

    /// The newest bars in memory, however old, or the database's error.
    private func staleRead(_ series: Series, _ count: Int, _ error: any Error) throws -> RecentRead {
        guard let read = self.core.memory.readNewestHeld(series, count), let range = read.range else {
            throw TapedeckError(database: error)
        }
        var recent = RecentRead(read: SeriesRead(read, asked: range, tier: .memory), reachesStart: false)
        recent.read.isStale = true
        recent.read.missing.append(
            MissingRange(
                range: range,
                reason: .databaseFailed,
                detail: "the database failed; this is what memory holds"
            )
        )
        return recent
    }
}

extension SeriesSlice where Record == Bar {
    /// The slice without the bars before `start`.
    fileprivate func from(_ start: Timestamp) -> SeriesSlice {
        let first = self.records.lowerBound(start, before: self.records.count)
        guard first > 0 else { return self }
        return SeriesSlice(
            seriesID: self.seriesID,
            version: self.version,
            coverage: self.coverage,
            records: Array(self.records[first...]),
            changedDaysCheckedAt: self.changedDaysCheckedAt,
            databaseNow: self.databaseNow
        )
    }
}
