internal import MarketData

/// Finds out where the newest data of a series end.
struct HorizonReader: Sendable {
    let core: CacheCore
    let origin: RequestOrigin

    /// What the provider has, or, when it cannot be asked, what is stored; then `failure` says why.
    ///
    /// Throws when the provider cannot be asked and nothing is stored.
    func horizon(of series: Series) async throws -> (horizon: Horizon, failure: FlightReport.Failure?) {
        if let known = self.core.memory.freshHorizon(series, tick: self.core.clock.now()) { return (known, nil) }
        let waited = try await self.core.coordinator.wait(
            for: .horizon(series),
            FlightKey.whole,
            mode: .fetch,
            origin: self.origin
        )
        self.core.counters.noteJoin(waited.hasJoined)
        for report in waited.outcomes {
            if let refusal = report.refusal { throw refusal }
            if let horizon = report.horizon { return (horizon, nil) }
        }
        guard let failure = waited.outcomes.lazy.flatMap(\.failures).first else {
            preconditionFailure("A horizon's flight brings a horizon, a failure or a refusal.")
        }
        let stored: Coverage
        do {
            stored = try await self.core.store.coverage(of: series).coverage
        } catch {
            throw TapedeckError(database: error)
        }
        guard let end = stored.all.bounds?.end else {
            throw TapedeckError(failure.error, provider: series.provider, retryAfter: failure.retryAfter)
        }
        let horizon = Horizon(
            start: .earliest,
            availableEnd: end,
            timeframe: series.timeframe,
            deadlineTick: self.core.clock.now()
        )
        return (horizon, failure)
    }

    /// What is missing behind the end of what is stored while the provider cannot be asked.
    func missing(behind horizon: Horizon, _ series: Series, _ failure: FlightReport.Failure) -> MissingRange? {
        TimeRange(horizon.end, series.timeframe.ceiling(self.core.wallClock())).map {
            MissingRange(range: $0, reason: .providerFailed(failure.error.code), detail: failure.error.message)
        }
    }
}
