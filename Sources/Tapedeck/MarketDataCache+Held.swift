internal import Locking
internal import MarketData

extension MarketDataCache {
    /// The bars, if memory alone can give them; nil when the database or a provider would have to be asked, and for what
    /// `bars` would refuse.
    ///
    /// It never waits, so that a server can answer on the thread that read the request.
    public func heldBars(_ request: BarsRequest) -> BarsAnswer? {
        guard self.configuration.mode != .bypass, !request.refresh,
            let provider = request.provider ?? self.core.firstProvider(for: request.symbol),
            let origin = try? RequestChecks.origin(client: request.client, requestID: request.requestID),
            let series = try? RequestChecks.series(provider, request.symbol, request.timeframe)
        else { return nil }
        let tick = self.core.clock.now()
        guard let (read, asked) = self.heldRead(series, request.span, tick: tick) else { return nil }
        self.core.renewIfDue(read, of: series, origin: origin)
        let answer = BarsAnswer(read, of: series, asked: asked, now: tick)
        self.core.counters.noteRead(ReadFigures(answer, unboughtCount: read.bars.count))
        return answer
    }

    /// What memory holds of a span, if that is all of it, and the range that it answers.
    private func heldRead(_ series: Series, _ span: BarsRequest.Span, tick: Int64) -> (MemoryRead, asked: TimeRange)? {
        switch span {
        case .range(let range):
            guard let asked = try? RequestChecks.range(range, series.timeframe),
                asked.nanoseconds / series.timeframe.nanoseconds <= Int64(self.configuration.answerBarsMax)
            else { return nil }
            return self.core.memory.read(series, asked, tick: tick).map { ($0, asked) }
        case .last(let count):
            guard (1...self.configuration.answerBarsMax).contains(count) else { return nil }
            let lookback = self.configuration.recentLookback.nanosecondsMax(series.timeframe)
            guard let read = self.core.memory.readRecent(series, count, lookback: lookback, tick: tick),
                let asked = read.range, read.bars.count == count
            else { return nil }
            return (read, asked)
        }
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
