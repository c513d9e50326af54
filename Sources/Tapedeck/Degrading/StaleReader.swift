internal import MarketData
internal import MarketStore

/// Answers with what has expired: at once shortly after that, and while the provider is slow for longer.
struct StaleReader: Sendable {
    let core: CacheCore
    let origin: RequestOrigin

    // MARK: At once

    /// The bars of `range` if they have expired just now; then they are bought again in the background.
    func barsAtOnce(_ series: Series, _ range: TimeRange) -> SeriesRead<Bar>? {
        let tick = self.core.clock.now()
        let grace = self.core.atOnceGrace(lifetime: self.core.lifetime(series))
        guard let held = self.core.memory.readHeld(series, range, tick: tick, grace: grace),
            self.revalidate(held, of: series)
        else { return nil }
        return self.read(held, of: series, asked: range, tick: tick)
    }

    /// The newest `count` bars if they have expired just now; then they are bought again in the background.
    func newestAtOnce(_ series: Series, _ count: Int, lookback: Int64) -> SeriesRead<Bar>? {
        let tick = self.core.clock.now()
        let grace = self.core.atOnceGrace(lifetime: self.core.lifetime(series))
        let held = self.core.memory.readHeldRecent(series, count, lookback: lookback, tick: tick, grace: grace)
        guard let held, held.read.bars.count == count, self.revalidate(held, of: series) else { return nil }
        return self.read(held, of: series, asked: held.range, tick: tick)
    }

    private func revalidate(_ held: HeldRead, of series: Series) -> Bool {
        // With everything that is not final: what is bought apart expires apart, and is bought apart ever after.
        let last = held.range.end.advancedSaturating(byNanoseconds: -series.timeframe.nanoseconds)
        let end = self.core.renewalEnd(held.range.end, held.read.horizon, series)
        guard let range = TimeRange(min(held.read.firstProvisional, last), end) else { return false }
        let lifetime = self.core.lifetime(series)
        return self.core.revalidate(.records(series), range, lifetime: lifetime, origin: self.origin)
    }

    // MARK: While the provider is slow

    /// The bars of `range` as far as they are held, however lately they have expired.
    func bars(_ series: Series, _ range: TimeRange) async -> SeriesRead<Bar>? {
        let tick = self.core.clock.now()
        if let held = self.core.memory.readHeld(series, range, tick: tick, grace: self.core.slowGrace) {
            return self.read(held, of: series, asked: range, tick: tick)
        }
        return await self.stored(series, range, \.timestamp) {
            try await self.core.store.bars(series, in: range, limit: nil)
        }
    }

    /// The quotes of `range` as far as they are stored.
    func quotes(_ series: Series, _ range: TimeRange) async -> SeriesRead<Quote>? {
        await self.stored(series, range, \.timestamp) {
            try await self.core.store.quotes(series, in: range, limit: nil)
        }
    }

    /// The newest `count` bars that are held.
    func newest(_ series: Series, _ count: Int, lookback: Int64) async -> SeriesRead<Bar>? {
        let tick = self.core.clock.now()
        let grace = self.core.slowGrace
        let held = self.core.memory.readHeldRecent(series, count, lookback: lookback, tick: tick, grace: grace)
        if let held, held.read.bars.count == count {
            let now = series.timeframe.ceiling(self.core.wallClock())
            let asked = TimeRange(held.range.start, max(held.range.end, now)) ?? held.range
            var read = self.read(held, of: series, asked: asked, tick: tick)
            read.range = held.range
            return read
        }
        guard let end = await self.storedEnd(series) else { return nil }
        // What the database cannot answer either is waited for.
        guard let first = try? await self.core.store.recentBars(series, before: end, count: count).records,
            first.count == count,
            let range = TimeRange(first[0].timestamp, max(end, series.timeframe.ceiling(self.core.wallClock())))
        else { return nil }
        var read = await self.bars(series, range)
        if let known = TimeRange(range.start, end) { read?.range = known }
        return read
    }

    /// Where the newest that is held ends.
    func horizon(_ series: Series) async -> Horizon? {
        let tick = self.core.clock.now()
        if let held = self.core.memory.heldHorizon(series, tick: tick, grace: self.core.slowGrace) { return held }
        return await self.storedEnd(series).map {
            Horizon(
                start: .earliest,
                availableEnd: $0,
                timeframe: series.timeframe,
                askedTick: tick,
                deadlineTick: tick
            )
        }
    }

    // MARK: Parts

    private func read(_ held: HeldRead, of series: Series, asked: TimeRange, tick: Int64) -> SeriesRead<Bar> {
        SeriesRead(
            held: held,
            asked: asked,
            timeframe: series.timeframe,
            now: self.core.wallClock(),
            tick: tick
        )
    }

    /// The end of what the database knows, if it was provisional and bought lately.
    private func storedEnd(_ series: Series) async -> Timestamp? {
        guard self.mayBeStored({ self.youngEnd($0, of: series, databaseNow: $1) != nil }, series),
            let (_, coverage, databaseNow) = try? await self.core.store.coverage(of: series)
        else { return nil }
        return self.youngEnd(coverage, of: series, databaseNow: databaseNow)
    }

    /// Whether the database may hold what is looked for, as far as is known without asking it.
    ///
    /// The fetch that is waited for has just asked it. Asking once more for each read that waits would cost the most when
    /// many do.
    private func mayBeStored(_ isFound: (Coverage, Timestamp) -> Bool, _ series: Series) -> Bool {
        let tick = self.core.clock.now()
        guard let remembered = self.core.store.rememberedCoverage(of: series) else { return true }
        return isFound(remembered, self.core.store.databaseNow(tick))
    }

    /// The end of a coverage, if it is provisional and was bought lately.
    private func youngEnd(_ known: Coverage, of series: Series, databaseNow: Timestamp) -> Timestamp? {
        guard let last = known.provisional.last, last.range.end == known.all.bounds?.end,
            self.isYoung(last, of: series, databaseNow: databaseNow)
        else { return nil }
        return last.range.end
    }

    /// The part of `range` that a coverage knows from its start to an end that is young.
    private func youngPart(_ coverage: Coverage, _ range: TimeRange, of series: Series, databaseNow: Timestamp)
        -> TimeRange?
    {
        let known = coverage.intersection(range)
        return self.youngEnd(known, of: series, databaseNow: databaseNow)
            .flatMap { TimeRange(range.start, $0) }
            .flatMap { known.all.contains($0) ? $0 : nil }
    }

    private func isYoung(_ stretch: Coverage.Provisional, of series: Series, databaseNow: Timestamp) -> Bool {
        let limit = self.core.lifetime(series).addingSaturating(self.core.slowGrace.nanoseconds)
        return stretch.age(at: databaseNow) < limit
    }

    /// What the database holds of `range`, if it lacks nothing but an end behind what was bought lately.
    private func stored<Record: Hashable & Sendable>(
        _ series: Series,
        _ range: TimeRange,
        _ timestamp: @Sendable (Record) -> Timestamp,
        _ slice: () async throws -> SeriesSlice<Record>
    ) async -> SeriesRead<Record>? {
        let tick = self.core.clock.now()
        // What the database cannot answer either is waited for.
        guard self.mayBeStored({ self.youngPart($0, range, of: series, databaseNow: $1) != nil }, series),
            let slice = try? await slice(),
            let complete = self.youngPart(slice.coverage, range, of: series, databaseNow: slice.databaseNow)
        else { return nil }
        var read = SeriesRead(slice, of: series, range, [], .database, tick, core: self.core, timestamp)
        let now = max(complete.end, series.timeframe.ceiling(self.core.wallClock()))
        let expired = RangeSet(complete).subtracting(
            self.core.fresh(slice.coverage, of: series, databaseNow: slice.databaseNow)
        )
        read.missing = expired.ranges.map(MissingRange.init(renewed:))
        read.missing += [TimeRange(complete.end, min(now, range.end)).map(MissingRange.init(begunSince:))]
            .compactMap { $0 }
        read.missing += [TimeRange(now, range.end).map(MissingRange.init(notBegun:))].compactMap { $0 }
        read.isStale = read.missing.contains { $0.reason == .pending }
        return read
    }
}
