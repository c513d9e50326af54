public import MarketData

extension MarketDataCache {
    /// Buys what the database lacks of the request's range, and reads no bars: for ranges of any size.
    ///
    /// Throws `invalidRequest` for a request of the newest bars, which `bars` answers, and what a read throws.
    public func fill(_ request: BarsRequest) async throws -> FillAnswer {
        guard case .range(let asked) = request.span else {
            throw TapedeckError(.invalidRequest, "only a range can be filled", parameter: "last")
        }
        return try await self.counted({ ReadFigures(filling: $0.isBought ? .provider : .database) }) {
            try RequestChecks.storing(mode: self.configuration.mode)
            let origin = try RequestChecks.origin(client: request.client, requestID: request.requestID)
            return try await self.core.withProvider(request.provider, symbol: request.symbol) { provider in
                let series = try RequestChecks.series(provider, request.symbol, request.timeframe)
                let range = try RequestChecks.range(asked, series.timeframe)
                let source = try await self.core.source(of: series, in: range)
                let stream = BarsStream(core: self.core, origin: origin, series: series, source: source, range: range)
                let read = try await stream.prepare(mode: request.refresh ? .refresh : .fetch)
                return FillAnswer(
                    series: source,
                    range: range,
                    inserted: read.changes.inserted,
                    isBought: read.tier == .provider,
                    missing: read.missing
                )
            }
        }
    }

    /// When the series' market trades, nil when the provider does not know, or is not configured any more.
    public func calendar(of series: Series) -> TradingCalendar? {
        (try? self.core.providers.provider(series.provider))?.calendar(of: series.symbol)
    }

    /// From when to when the provider has the series, as it says now or said a short while ago.
    ///
    /// Free of charge. Throws `providerUnavailable`, `providerRefused` or `unsupported` when it cannot say.
    public func availability(of series: Series) async throws -> TimeRange? {
        if let known = self.core.memory.freshHorizon(series, tick: self.core.clock.now()) { return known.range }
        let provider = try self.core.provider(series.provider)
        switch await self.core.askHorizon(of: series, provider) {
        case .success(let horizon): return horizon.range
        case .failure(let failure):
            throw TapedeckError(failure.error, provider: series.provider, retryAfter: .zero)
        }
    }
}
