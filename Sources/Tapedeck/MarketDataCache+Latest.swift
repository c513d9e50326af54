internal import MarketData

extension MarketDataCache {
    /// The newest quote of a symbol.
    public func quote(_ request: LatestRequest) async throws -> QuoteAnswer {
        let (read, fetchedAge, _) = try await self.latest(request)
        return QuoteAnswer(
            provider: read.provider,
            symbol: request.symbol,
            quote: read.held.quote,
            age: read.held.quote.map { self.age(of: $0.timestamp) },
            fetchedAge: fetchedAge,
            isStale: read.staleReason != nil,
            staleReason: read.staleReason,
            tier: read.tier,
            outcome: read.outcome
        )
    }

    /// The newest price of a symbol: the last trade's when it is young enough, else the middle of the quote's.
    public func price(_ request: LatestRequest) async throws -> PriceAnswer {
        let (read, fetchedAge, maxAge) = try await self.latest(request)
        let tradeAge = read.held.trade.map { self.age(of: $0.timestamp) }
        let quoteAge = read.held.quote.map { self.age(of: $0.timestamp) }
        var price: (value: Double, source: PriceAnswer.Source, timestamp: Timestamp)?
        if let trade = read.held.trade, let tradeAge, tradeAge <= maxAge {
            price = (trade.price, .trade, trade.timestamp)
        } else if let quote = read.held.quote, let middle = quote.middle, let quoteAge, quoteAge <= maxAge {
            price = (middle, .quote, quote.timestamp)
        }
        return PriceAnswer(
            provider: read.provider,
            symbol: request.symbol,
            price: price?.value,
            source: price?.source,
            timestamp: price?.timestamp,
            maxAge: maxAge,
            tradeAge: tradeAge,
            quoteAge: quoteAge,
            fetchedAge: fetchedAge,
            isStale: read.staleReason != nil,
            tier: read.tier,
            outcome: read.outcome
        )
    }

    /// The newest spread of a symbol.
    public func spread(_ request: LatestRequest) async throws -> SpreadAnswer {
        let (read, fetchedAge, _) = try await self.latest(request)
        return SpreadAnswer(
            provider: read.provider,
            symbol: request.symbol,
            spread: read.held.quote?.spread,
            middle: read.held.quote?.middle,
            quote: read.held.quote,
            age: read.held.quote.map { self.age(of: $0.timestamp) },
            fetchedAge: fetchedAge,
            isStale: read.staleReason != nil,
            tier: read.tier,
            outcome: read.outcome
        )
    }

    private func latest(
        _ request: LatestRequest
    ) async throws -> (read: LatestReader.Read, fetchedAge: Duration, maxAge: Duration) {
        try await self.counted({ ReadFigures($0.read) }) {
            let origin = try RequestChecks.origin(client: request.client, requestID: request.requestID)
            let maxAge = try RequestChecks.age(request.maxAge, default: self.configuration.priceAgeMax)
            // What was fetched a moment ago is not renewed for a caller who asks for nothing older than that.
            let lifetime = max(maxAge, self.configuration.freshness.provisionalLimits.lowerBound)
            let reader = LatestReader(core: self.core, origin: origin, patience: self.core.patience())
            let read = try await self.core.withProvider(request.provider, symbol: request.symbol) { provider in
                try await reader.latest(provider, request.symbol, lifetime: lifetime)
            }
            let age = self.core.clock.now().subtractingSaturating(read.held.fetchedTick)
            return (read, .nanoseconds(max(0, age)), maxAge)
        }
    }

    /// How old a price is by its own timestamp; a price from a clock that is ahead of ours is not older than now.
    private func age(of timestamp: Timestamp) -> Duration {
        let age = self.core.wallClock().nanoseconds.subtractingSaturating(timestamp.nanoseconds)
        return .nanoseconds(max(0, age))
    }
}
