internal import Locking
internal import MarketData
internal import Providers

extension CacheCore {
    typealias RememberedFailure = FailureMemory<FailureKey>.Failure

    /// The failure that keeps a range, or the whole provider, from being tried now.
    func rememberedFailure(_ key: FailureKey, _ range: TimeRange, provider: ProviderID) -> RememberedFailure? {
        let tick = self.clock.now()
        return self.failures.withLock {
            $0.failure(key, range, tick: tick) ?? $0.failure(.provider(provider), FlightKey.whole, tick: tick)
        }
    }

    /// Remembers a failure, for the whole provider where the code says so.
    func noteFailure(
        _ key: FailureKey,
        _ range: TimeRange,
        _ error: ProviderError,
        provider: ProviderID
    ) -> RememberedFailure {
        let tick = self.clock.now()
        // A fetch that was cancelled says nothing about the provider.
        guard error.code != .cancelled else { return RememberedFailure(error: error, retryTick: tick) }
        return self.failures.withLock { failures in
            if error.code.concernsWholeProvider {
                failures.note(.provider(provider), FlightKey.whole, error, tick: tick)
            } else {
                failures.note(key, range, error, tick: tick)
            }
            let noted =
                failures.failure(key, range, tick: tick)
                ?? failures.failure(.provider(provider), FlightKey.whole, tick: tick)
            return noted ?? RememberedFailure(error: error, retryTick: tick)
        }
    }

    /// The failure as it is told to those who wait for the ranges.
    func failure(_ failure: RememberedFailure, _ ranges: RangeSet) -> FlightReport.Failure {
        FlightReport.Failure(
            ranges: ranges,
            error: failure.error,
            retryAfter: .nanoseconds(max(0, failure.retryTick.subtractingSaturating(self.clock.now())))
        )
    }
}

extension StoredChanges {
    mutating func add(_ other: StoredChanges) {
        self.inserted += other.inserted
        self.revised += other.revised
        self.unchanged += other.unchanged
        self.removed += other.removed
        self.changes += other.changes
    }
}
