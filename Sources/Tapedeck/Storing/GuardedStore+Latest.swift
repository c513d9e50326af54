internal import Locking
internal import MarketData
internal import MarketStore

extension GuardedStore {
    /// The newest prices of a symbol, like `MarketStore.latestQuote`, and whether that is what the database holds.
    func latestQuote(_ key: LatestKey) async throws -> (stored: StoredLatest, isCertain: Bool) {
        let pending = self.state.withLock { $0.queue.latest(of: key) }
        let read = try await self.reading {
            try await self.marketStore.latestQuote(provider: key.provider, symbol: key.symbol)
        }
        if let read, pending == nil { return (read, true) }
        let tick = self.clock.now()
        let now = read?.databaseNow ?? self.databaseNow(tick)
        var stored = read ?? StoredLatest(self.latest.readExpired(key), databaseNow: now, tick: tick)
        if let pending, case .latest(_, let records) = pending.content {
            let held = HeldLatest(
                quote: records.quote ?? stored.quote?.record,
                trade: records.trade ?? stored.trade?.record,
                fetchedTick: pending.tick
            )
            stored = StoredLatest(held, databaseNow: now, tick: tick)
        }
        return (stored, read != nil)
    }

    /// Whether newest prices that are not at hand may be bought although the database cannot be asked: only when those
    /// that it may hold have expired.
    var mayBuyUnknownLatest: Bool {
        let now = self.wallClock()
        let lifetime = self.configuration.freshness.latestLifetime.clampedNanoseconds
        return self.state.withLock { now.nanoseconds - $0.coverages.lastContact.nanoseconds >= lifetime }
    }
}

extension StoredLatest {
    /// What is held, as if the database said so.
    fileprivate init(_ held: HeldLatest?, databaseNow: Timestamp, tick: Int64) {
        guard let held else {
            self.init(quote: nil, trade: nil, askedAt: nil, databaseNow: databaseNow)
            return
        }
        let age = max(0, tick.subtractingSaturating(held.fetchedTick))
        let fetchedAt = databaseNow.advancedSaturating(byNanoseconds: -age)
        self.init(
            quote: held.quote.map { Fetched($0, at: fetchedAt) },
            trade: held.trade.map { Fetched($0, at: fetchedAt) },
            askedAt: fetchedAt,
            databaseNow: databaseNow
        )
    }
}
