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
            let origin = try? RequestChecks.origin(client: request.client, requestID: request.requestID)
        else { return nil }
        // Of a symbol that is not one, nothing is held.
        let series = Series(unchecked: request.symbol, provider: provider, timeframe: request.timeframe)
        let tick = self.core.clock.now()
        guard let (read, asked) = self.heldRead(series, request.span, tick: tick) else { return nil }
        self.core.renewIfDue(read, of: series, origin: origin)
        borrowing(self.core.counters) { $0.noteHeld(barCount: read.bars.count) }
        return BarsAnswer(read, of: series, asked: asked, now: tick)
    }

    /// What memory holds of a span, if that is all of it, and the range that it answers.
    private func heldRead(_ series: Series, _ span: BarsRequest.Span, tick: Int64) -> (MemoryRead, asked: TimeRange)? {
        switch span {
        case .range(let range):
            guard let asked = try? RequestChecks.range(range, series.timeframe),
                asked.nanoseconds / series.timeframe.nanoseconds <= Int64(self.configuration.answerBarsMax)
            else { return nil }
            return borrowing(self.core.memory) { $0.read(series, asked, tick: tick) }.map { ($0, asked) }
        case .last(let count):
            guard (1...self.configuration.answerBarsMax).contains(count) else { return nil }
            let lookback = self.configuration.recentLookback.nanosecondsMax(series.timeframe)
            let read = borrowing(self.core.memory) { $0.readRecent(series, count, lookback: lookback, tick: tick) }
            guard let read, let asked = read.range, read.bars.count == count else { return nil }
            return (read, asked)
        }
    }
}

extension CacheCore {
    /// The provider that is asked first for a symbol when a request names none.
    func firstProvider(for symbol: String) -> ProviderID? {
        if let only = self.onlyProvider { return only }
        let preferred = self.providers.preferred
        let tick = self.clock.now()
        return self.routes.withLock { $0.providers(for: symbol, preferred: preferred, tick: tick) }.first
    }
}

/// Runs `body` with an object that somebody holds all the while, without a reference count of its own.
///
/// Readers on several threads share the cache's parts: to count each use, they would wait for each other.
@inline(__always)
private func borrowing<Object: AnyObject, Result>(_ object: Object, _ body: (Object) -> Result) -> Result {
    Unmanaged.passUnretained(object)._withUnsafeGuaranteedRef(body)
}
