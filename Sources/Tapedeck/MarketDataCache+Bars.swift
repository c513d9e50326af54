internal import MarketData

extension MarketDataCache {
    /// The bars of a range, or the newest n.
    ///
    /// Throws `invalidRequest` for a range with more than `answerBarsMax` periods: stream it.
    public func bars(_ request: BarsRequest) async throws -> BarsAnswer {
        try await self.counted({ ReadFigures($0.answer, unboughtCount: $0.unboughtCount) }) {
            let origin = try RequestChecks.origin(client: request.client, requestID: request.requestID)
            return try await self.core.withProvider(request.provider, symbol: request.symbol) { provider in
                let series = try RequestChecks.series(provider, request.symbol, request.timeframe)
                switch request.span {
                case .range(let range):
                    return try await self.bars(series, range, request, origin)
                case .last(let count):
                    return try await self.recentBars(series, count, request, origin)
                }
            }
        }.answer
    }

    /// An answer, with how many of its bars were not bought for it.
    private typealias Counted = (answer: BarsAnswer, unboughtCount: Int)

    private func bars(
        _ series: Series,
        _ range: TimeRange,
        _ request: BarsRequest,
        _ origin: RequestOrigin
    ) async throws -> Counted {
        let asked = try RequestChecks.range(range, series.timeframe)
        let periods = asked.nanoseconds / series.timeframe.nanoseconds
        guard periods <= Int64(self.configuration.answerBarsMax) else {
            throw TapedeckError(
                .invalidRequest,
                "the range has \(periods) periods of \(series.timeframe), more than the "
                    + "\(self.configuration.answerBarsMax) of one answer: ask for a shorter range, or stream it",
                parameter: "start"
            )
        }
        let tick = self.core.clock.now()
        if !request.refresh, let read = self.core.memory.read(series, asked, tick: tick) {
            self.core.renewIfDue(read, of: series, origin: origin)
            return (BarsAnswer(read, of: series, asked: asked, now: tick), read.bars.count)
        }
        let patience = self.core.patience(isRefresh: request.refresh)
        let reader = BarsReader(core: self.core, origin: origin, patience: patience)
        let read = try await reader.bars(series, asked, mode: request.refresh ? .refresh : .fetch)
        return (BarsAnswer(read, of: series, now: self.core.clock.now()), read.unboughtCount(\.timestamp))
    }

    private func recentBars(
        _ series: Series,
        _ count: Int,
        _ request: BarsRequest,
        _ origin: RequestOrigin
    ) async throws -> Counted {
        try RequestChecks.count(count, max: self.configuration.answerBarsMax)
        let tick = self.core.clock.now()
        let lookback = self.configuration.recentLookback.nanosecondsMax(series.timeframe)
        if !request.refresh, let read = self.core.memory.readRecent(series, count, lookback: lookback, tick: tick),
            let range = read.range, read.bars.count == count
        {
            self.core.renewIfDue(read, of: series, origin: origin)
            return (BarsAnswer(read, of: series, asked: range, now: tick), read.bars.count)
        }
        let patience = self.core.patience(isRefresh: request.refresh)
        let reader = BarsReader(core: self.core, origin: origin, patience: patience)
        // What is bought past the cache is new in any case.
        let recent =
            request.refresh && self.configuration.mode != .bypass
            ? try await reader.refreshedRecent(series, count: count) : try await reader.recent(series, count: count)
        let answer = BarsAnswer(recent, of: series, count: count, now: self.core.clock.now())
        return (answer, recent.read.unboughtCount(\.timestamp))
    }
}

extension BarsAnswer {
    /// The answer that memory gives, with no allocation but that of the bars.
    ///
    /// `now` is the process's elapsed clock.
    init(_ read: MemoryRead, of series: Series, asked: TimeRange, now: Int64) {
        let missing = MissingRanges.beyondHorizon(asked, known: read.range, horizon: read.horizon)
        let isFinal = read.oldestTick == HeldStretch.neverExpires
        self.init(
            series: series,
            range: asked,
            bars: read.bars,
            isComplete: missing.isEmpty,
            missing: missing,
            isStale: false,
            tier: .memory,
            outcome: .memory,
            age: isFinal ? .zero : .nanoseconds(max(0, now.subtractingSaturating(read.oldestTick))),
            isFinal: isFinal && missing.isEmpty,
            reachesSeriesStart: read.horizon.map { asked.start <= $0.start } ?? false
        )
    }

    /// The answer to a range.
    ///
    /// `now` is the process's elapsed clock.
    init(_ read: SeriesRead<Bar>, of series: Series, now: Int64) {
        self.init(
            series: series,
            range: read.range,
            bars: read.records,
            isComplete: read.missing.isEmpty,
            missing: read.missing,
            isStale: read.isStale,
            tier: read.tier,
            outcome: read.outcome,
            age: read.age(now: now),
            isFinal: read.isFinal,
            reachesSeriesStart: read.horizon.map { read.range.start <= $0.start } ?? false
        )
    }

    /// The answer to the newest `count` bars.
    init(_ recent: RecentRead, of series: Series, count: Int, now: Int64) {
        let read = recent.read
        self.init(
            series: series,
            range: read.range,
            bars: read.records,
            isComplete: read.missing.isEmpty && (read.records.count == count || recent.reachesStart),
            missing: read.missing,
            isStale: read.isStale,
            tier: read.tier,
            outcome: read.outcome,
            age: read.age(now: now),
            isFinal: read.isFinal,
            reachesSeriesStart: recent.reachesStart
        )
    }
}

extension SeriesRead {
    /// Whether all of the range is known for good.
    var isFinal: Bool { self.missing.isEmpty && !self.isStale && self.final.contains(self.range) }

    /// How long ago the oldest provisional part was fetched.
    func age(now: Int64) -> Duration {
        guard self.oldestTick != HeldStretch.neverExpires else { return .zero }
        return .nanoseconds(max(0, now.subtractingSaturating(self.oldestTick)))
    }
}
