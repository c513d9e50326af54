internal import Locking
internal import MarketData
internal import MarketStore

extension MarketDataCache {
    /// What is stored, by provider and symbol.
    public func symbols() async throws -> [SymbolSummary] {
        try await self.counted({ _ in nil }) {
            // A series that was cleared keeps its row, for its version, and holds nothing.
            let listed = try await self.core.allSeries().filter { !$0.coverage.all.isEmpty }
            let groups = Dictionary(grouping: listed) {
                LatestKey(provider: $0.series.provider, symbol: $0.series.symbol)
            }
            return groups.map { key, summaries in
                SymbolSummary(
                    provider: key.provider,
                    symbol: key.symbol,
                    entries: summaries.map {
                        SymbolSummary.Entry(
                            timeframe: $0.series.timeframe,
                            kind: $0.series.kind,
                            bounds: $0.coverage.all.bounds,
                            recordCount: $0.records?.count
                        )
                    }.sorted { ($0.kind.rawValue, $0.timeframe) < ($1.kind.rawValue, $1.timeframe) }
                )
            }.sorted { ($0.symbol, $0.provider.description) < ($1.symbol, $1.provider.description) }
        }
    }

    /// Removes what has expired from memory, and from the database what its retention does not keep.
    public func cleanup() async throws -> CleanupAnswer {
        try await self.counted({ _ in nil }) {
            let tick = self.core.clock.now()
            let lifetime = self.configuration.freshness.latestLifetime.clampedNanoseconds
            let bars = self.core.memory.dropExpired(tick: tick)
            let quotes = self.core.latest.forget { _, held in tick.subtractingSaturating(held.fetchedTick) >= lifetime }
            self.core.failures.withLock { $0.forgetLongPast(tick: tick) }
            let rows = try await self.applyRetention()
            return CleanupAnswer(barsRemoved: bars, quotesRemoved: quotes, rowsRemoved: rows)
        }
    }

    /// Removes past quotes and trades that are older than `Configuration.quotesRetention` from the database, except each
    /// symbol's newest, and tells how many rows these were.
    ///
    /// Several processes may do it at once.
    public func applyRetention() async throws -> Int {
        guard let retention = self.configuration.quotesRetention else { return 0 }
        let end = self.core.wallClock().advancedSaturating(byNanoseconds: -retention.clampedNanoseconds)
        let quotes = try await self.core.store.deleteQuotes(olderThan: end)
        let trades = try await self.core.store.marketStore.deleteTrades(olderThan: end)
        self.core.counters.noteRetention(rows: quotes + trades)
        return quotes + trades
    }

    /// Notes the database's size, from which its growth is told.
    public func noteDatabaseSize() async throws {
        try await self.core.store.marketStore.noteDatabaseSize()
    }

    /// Removes everything in `scope` from memory and database.
    ///
    /// It would have to be bought again.
    public func clear(_ scope: CacheScope) async throws -> CleanupAnswer {
        try await self.counted({ _ in nil }) {
            let storeScope: ClearScope =
                switch scope {
                case .all: .all
                case .symbol(let symbol): .symbol(symbol, provider: nil)
                case .series(let series): .series(series)
                }
            let outcome = try await self.core.store.clear(storeScope, holds: { scope.holds($0) })
            // After the database, so that nothing can be filled in from before.
            let bars = self.core.memory.knownSeries.filter { scope.holds($0) }
                .reduce(0) { $0 + self.core.memory.invalidate($1) }
            let quotes = self.core.latest.forget { key, _ in scope.holds(key) }
            self.core.sender.tell(.everything)
            return CleanupAnswer(
                barsRemoved: bars,
                quotesRemoved: quotes,
                rowsRemoved: outcome.barCount + outcome.quoteCount + outcome.tradeCount
            )
        }
    }
}

extension CacheScope {
    func holds(_ series: Series) -> Bool {
        switch self {
        case .all: true
        case .symbol(let symbol): series.symbol == symbol
        case .series(let cleared): series == cleared
        }
    }

    /// Whether the newest prices of a symbol belong to it; those of a quotes series share its rows.
    func holds(_ key: LatestKey) -> Bool {
        switch self {
        case .all: true
        case .symbol(let symbol): key.symbol == symbol
        case .series(let series):
            series.kind == .quotes && series.symbol == key.symbol && series.provider == key.provider
        }
    }
}

extension CacheCore {
    /// Series listed by one query.
    private static var listPageMax: Int { 1_000 }

    /// Every series that is stored, by symbol.
    func allSeries() async throws -> [SeriesSummary] {
        var result: [SeriesSummary] = []
        while true {
            let page = try await self.store.marketStore.seriesList(after: result.last?.series, limit: Self.listPageMax)
            result += page
            if page.count < Self.listPageMax { return result }
        }
    }
}
