internal import MarketData

extension MarketDataCache {
    /// Buys the range, or that of the newest n bars, anew and tells what changed.
    ///
    /// Throws when nothing could be bought and nothing is stored. What could not be bought while something is stored is
    /// among the answer's `missing`.
    public func refresh(_ request: BarsRequest) async throws -> RefreshAnswer {
        try await self.counted({ _ in ReadFigures(filling: .provider) }) {
            try RequestChecks.storing(mode: self.configuration.mode)
            let origin = try RequestChecks.origin(client: request.client, requestID: request.requestID)
            return try await self.core.withProvider(request.provider, symbol: request.symbol) { provider in
                let series = try RequestChecks.series(provider, request.symbol, request.timeframe)
                let range: TimeRange
                var found: RecentRead?
                switch request.span {
                case .range(let asked):
                    range = try RequestChecks.range(asked, series.timeframe)
                case .last(let count):
                    try RequestChecks.count(count, max: self.configuration.answerBarsMax)
                    let reader = BarsReader(core: self.core, origin: origin, patience: .untilFetched)
                    let recent = try await reader.recent(series, count: count)
                    range = recent.read.range.expanded(to: series.timeframe)
                    found = recent
                }
                let source = try await self.core.source(of: series, in: range)
                let stream = BarsStream(core: self.core, origin: origin, series: source, source: source, range: range)
                // What was bought just now to find the newest bars is anew already.
                let read = try await stream.prepare(mode: .refresh, renewed: found?.bought[source] ?? RangeSet())
                var changes = read.changes
                if let found { changes.add(found.read.changes) }
                return RefreshAnswer(
                    series: source,
                    range: range,
                    inserted: changes.inserted,
                    revised: changes.revised.filter { range.contains($0.timestamp) }
                        .sorted { $0.timestamp < $1.timestamp },
                    unchanged: changes.unchanged,
                    removed: changes.removed,
                    changes: changes.changes.filter { range.contains($0.timestamp) }
                        .sorted { $0.timestamp < $1.timestamp },
                    missing: read.missing
                )
            }
        }
    }
}
