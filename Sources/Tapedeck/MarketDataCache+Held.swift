internal import Locking
internal import MarketData

extension MarketDataCache {
    /// The bars, if memory alone can give them; nil when the database or a provider would have to be asked, and for what
    /// `bars` would refuse.
    ///
    /// It never waits, so that a server can answer on the thread that read the request.
    public func heldBars(_ request: BarsRequest) -> BarsAnswer? {
        guard !request.refresh, let provider = request.provider ?? self.core.firstProvider(for: request.symbol),
            (try? RequestChecks.origin(client: request.client, requestID: request.requestID)) != nil,
            let series = try? RequestChecks.series(provider, request.symbol, request.timeframe)
        else { return nil }
        let held: BarsAnswer?
        switch request.span {
        case .range(let range):
            held = (try? RequestChecks.range(range, series.timeframe)).flatMap { self.heldBars(series, in: $0) }
        case .last(let count):
            held = self.heldBars(series, newest: count)
        }
        if let held { self.core.counters.noteRead(held.tier) }
        return held
    }

    /// The bars of a range on the series' grid, if memory has them all.
    func heldBars(_ series: Series, in asked: TimeRange) -> BarsAnswer? {
        guard asked.nanoseconds / series.timeframe.nanoseconds <= Int64(self.configuration.answerBarsMax) else {
            return nil
        }
        let tick = self.core.clock.now()
        return self.core.memory.read(series, asked, tick: tick).map {
            BarsAnswer($0, of: series, asked: asked, now: tick)
        }
    }

    /// The newest bars, if memory has so many of them.
    func heldBars(_ series: Series, newest count: Int) -> BarsAnswer? {
        guard (1...self.configuration.answerBarsMax).contains(count) else { return nil }
        let tick = self.core.clock.now()
        let lookback = self.configuration.recentLookback.nanosecondsMax(series.timeframe)
        guard let read = self.core.memory.readRecent(series, count, lookback: lookback, tick: tick),
            let range = read.range, read.bars.count == count
        else { return nil }
        return BarsAnswer(read, of: series, asked: range, now: tick)
    }
}

extension CacheCore {
    /// The provider that is asked first for a symbol when a request names none.
    func firstProvider(for symbol: String) -> ProviderID? {
        let preferred = self.providers.preferred
        guard preferred.count > 1 else { return preferred.first }
        let tick = self.clock.now()
        return self.routes.withLock { $0.providers(for: symbol, preferred: preferred, tick: tick) }.first
    }
}
