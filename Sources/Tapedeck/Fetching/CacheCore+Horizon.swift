internal import MarketData
internal import Providers

extension CacheCore {
    /// Asks the provider from when to when it has the series, and remembers the answer.
    ///
    /// Fails within the backoff at once.
    func askHorizon(
        of series: Series,
        _ provider: any MarketDataProvider
    ) async -> Result<Horizon, RememberedFailure> {
        let key = FlightKey.horizon(series)
        if let failure = self.rememberedFailure(key, FlightKey.whole, provider: series.provider) {
            return .failure(failure)
        }
        // Taken before the question, so that the answer is never believed for too long.
        let tick = self.clock.now()
        let now = self.wallClock()
        do {
            let availability = try await provider.availability(of: series)
            self.failures.withLock { $0.clear(key, FlightKey.whole) }
            let rest = provider.calendar(of: series.symbol).flatMap {
                self.configuration.freshness.rest($0, availableEnd: availability.end, now: now)
            }
            let horizon = self.horizon(availability.start, availability.end, of: series, tick: tick, rest: rest)
            self.memory.setHorizon(series, horizon)
            return .success(horizon)
        } catch {
            let error = ProviderError(wrapping: error)
            return .failure(self.noteFailure(key, FlightKey.whole, error, provider: series.provider))
        }
    }

    /// Remembers that the provider's data end earlier than it had said.
    func noteEnd(_ end: Timestamp, of series: Series) -> Horizon {
        let tick = self.clock.now()
        let start = self.memory.freshHorizon(series, tick: tick)?.start ?? .earliest
        let horizon = self.horizon(min(start, end), end, of: series, tick: tick, rest: nil)
        self.memory.setHorizon(series, horizon)
        return horizon
    }

    private func horizon(
        _ start: Timestamp,
        _ end: Timestamp,
        of series: Series,
        tick: Int64,
        rest: Duration?
    ) -> Horizon {
        let lifetime = self.configuration.freshness.horizonLifetime(series.timeframe, availableEnd: end)
        return Horizon(
            start: start,
            availableEnd: end,
            timeframe: series.timeframe,
            askedTick: tick,
            deadlineTick: tick.addingSaturating(lifetime.clampedNanoseconds),
            restDeadlineTick: rest.map { tick.addingSaturating($0.clampedNanoseconds) }
        )
    }
}

extension FailureMemory.Failure: Error {}

extension ProviderError {
    /// The error itself, or what stands for an error that a provider should not have thrown.
    init(wrapping error: any Error) {
        if let error = error as? ProviderError {
            self = error
        } else if error is CancellationError {
            self.init(.cancelled, "the fetch was cancelled")
        } else {
            self.init(.unavailable, "the provider failed: \(error)")
        }
    }
}
