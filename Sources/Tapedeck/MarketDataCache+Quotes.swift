internal import MarketData

extension MarketDataCache {
    /// The sampled quotes of a range.
    ///
    /// Throws `invalidRequest` for a timeframe other than one second and one minute, and for a range with more than
    /// `answerQuotesMax` periods.
    public func quotes(_ request: QuotesRequest) async throws -> QuotesAnswer {
        try await self.counted({
            ReadFigures($0.read, kind: .quotes, unboughtCount: $0.read.unboughtCount(\.timestamp))
        }) {
            let origin = try RequestChecks.origin(client: request.client, requestID: request.requestID)
            guard request.timeframe == .oneSecond || request.timeframe == .oneMinute else {
                throw TapedeckError(
                    .invalidRequest,
                    "quotes are sampled every 1s or 1m, not every \(request.timeframe)",
                    parameter: "timeframe"
                )
            }
            let asked = try RequestChecks.range(request.range, request.timeframe)
            let periods = asked.nanoseconds / request.timeframe.nanoseconds
            guard periods <= Int64(self.configuration.answerQuotesMax) else {
                throw TapedeckError(
                    .invalidRequest,
                    "the range has \(periods) samples, more than the \(self.configuration.answerQuotesMax) of one answer",
                    parameter: "start"
                )
            }
            return try await self.core.withProvider(request.provider, symbol: request.symbol) { provider in
                let series = try RequestChecks.series(provider, request.symbol, request.timeframe, kind: .quotes)
                let reader = RangeReader(core: self.core, origin: origin, patience: self.core.patience())
                let read = try await reader.quotes(series, asked)
                let answer = QuotesAnswer(
                    series: series,
                    range: read.range,
                    quotes: read.records,
                    isComplete: read.missing.isEmpty,
                    missing: read.missing,
                    isStale: read.isStale,
                    tier: read.tier,
                    outcome: read.outcome,
                    age: read.age(now: self.core.clock.now())
                )
                return (answer: answer, read: read)
            }
        }.answer
    }
}
