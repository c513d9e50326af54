public import MarketData
internal import Providers

extension MarketDataCache {
    /// What the request would answer from where, and what it would buy.
    ///
    /// Buys nothing.
    public func explain(_ request: BarsRequest) async throws -> Explanation {
        try await self.counted({ _ in nil }) {
            let origin = try RequestChecks.origin(client: request.client, requestID: request.requestID)
            return try await self.core.withProvider(request.provider, symbol: request.symbol) { provider in
                let series = try RequestChecks.series(provider, request.symbol, request.timeframe)
                return try await Explainer(core: self.core, series: series, client: origin.client).explain(
                    request.span,
                    isRefresh: request.refresh
                )
            }
        }
    }

    /// What is stored of a symbol's bars; without a provider, at the first preferred one that has something stored.
    public func coverage(symbol: String, timeframe: Timeframe, provider: ProviderID?) async throws -> CoverageAnswer {
        try await self.counted({ _ in nil }) {
            let asked = provider.map { [$0] } ?? self.core.providers.preferred
            var first: CoverageAnswer?
            for provider in asked {
                let series = try RequestChecks.series(provider, symbol, timeframe)
                let source = try self.core.sources(of: series)[0]
                let (version, coverage, databaseNow) = try await self.core.store.marketStore.coverage(of: source)
                let lifetime = self.core.lifetime(source)
                let answer = CoverageAnswer(
                    series: source,
                    timeframe: timeframe,
                    version: version,
                    final: coverage.final,
                    provisional: coverage.provisional.map { stretch in
                        CoverageAnswer.Provisional(
                            range: stretch.range,
                            fetchedAt: stretch.fetchedAt,
                            isExpired: stretch.age(at: databaseNow) >= lifetime
                        )
                    }
                )
                if !coverage.isEmpty { return answer }
                first = first ?? answer
            }
            guard let first else {
                throw TapedeckError(.invalidRequest, "no provider is preferred: name one", parameter: "provider")
            }
            return first
        }
    }
}
