public import MarketData

extension MarketDataCache {
    /// The bars of a range of any size, in pages.
    ///
    /// What is missing is bought first, then `head` is called once and `page` for each page, oldest first. Memory use does
    /// not depend on the size: pages are read one after the other, each from the database as it is then. Errors of `head`
    /// and `page` come back as they are.
    public func streamBars(
        _ request: BarsRequest,
        head: (BarsStreamHead) async throws -> Void,
        page: ([Bar]) async throws -> Void
    ) async throws {
        guard case .range(let range) = request.span else {
            let answer = try await self.bars(request)
            try await head(BarsStreamHead(answer))
            for start in stride(from: 0, to: answer.bars.count, by: max(1, self.configuration.pageBarsMax)) {
                let end = min(start + max(1, self.configuration.pageBarsMax), answer.bars.count)
                try await page(Array(answer.bars[start..<end]))
            }
            return
        }
        let (stream, read) = try await self.prepared(request, range)
        let missing = MissingRanges.withoutForming(read.missing, stream.series.timeframe, horizon: read.horizon)
        try await head(
            BarsStreamHead(
                series: stream.series,
                range: stream.range,
                isComplete: missing.isEmpty,
                missing: missing,
                isStale: read.isStale,
                tier: read.tier,
                outcome: read.outcome,
                age: read.age(now: self.core.clock.now())
            )
        )
        try await stream.pages(read, page)
    }

    private func prepared(
        _ request: BarsRequest,
        _ range: TimeRange
    ) async throws -> (stream: BarsStream, read: SeriesRead<Bar>) {
        // Of what a stream brings nothing counts as saved: the call before it may have bought it.
        try await self.counted({ ReadFigures($0.read, kind: .bars, unboughtCount: 0) }) {
            let origin = try RequestChecks.origin(client: request.client, requestID: request.requestID)
            return try await self.core.withProvider(request.provider, symbol: request.symbol) { provider in
                let series = try RequestChecks.series(provider, request.symbol, request.timeframe)
                let asked = try RequestChecks.range(range, series.timeframe)
                let source = try await self.core.source(of: series, in: asked)
                let stream = BarsStream(core: self.core, origin: origin, series: series, source: source, range: asked)
                return (stream, try await stream.prepare(mode: request.refresh ? .refresh : .fetch))
            }
        }
    }
}

extension BarsStreamHead {
    init(_ answer: BarsAnswer) {
        self.init(
            series: answer.series,
            range: answer.range,
            isComplete: answer.isComplete,
            missing: answer.missing,
            isStale: answer.isStale,
            tier: answer.tier,
            outcome: answer.outcome,
            age: answer.age
        )
    }
}
