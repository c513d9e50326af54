internal import Locking
internal import MarketData
internal import Providers

extension CacheCore {
    typealias RememberedFailure = FailureMemory<FlightKey>.Failure

    /// What keeps a range, or the whole provider, from being tried now.
    ///
    /// With nil the caller is to try at once: it may be the one call that a half-open breaker lets through.
    func rememberedFailure(_ key: FlightKey, _ range: TimeRange, provider: ProviderID) -> RememberedFailure? {
        self.failure(key, range) ?? self.breakers.admit(provider).map(RememberedFailure.init)
    }

    /// What would keep a range from being tried, asked without trying.
    func expectedFailure(_ key: FlightKey, _ range: TimeRange, provider: ProviderID) -> RememberedFailure? {
        self.failure(key, range) ?? self.breakers.refusal(provider).map(RememberedFailure.init)
    }

    private func failure(_ key: FlightKey, _ range: TimeRange) -> RememberedFailure? {
        let tick = self.clock.now()
        if self.configuration.mode == .offline { return RememberedFailure(error: .offline, retryTick: tick) }
        return self.failures.withLock { $0.failure(key, range, tick: tick) }
    }

    /// Remembers a failure; what concerns the whole provider its breaker has noted.
    ///
    /// `inherited` is how often other workers failed at it before.
    func noteFailure(
        _ key: FlightKey,
        _ range: TimeRange,
        _ error: ProviderError,
        provider: ProviderID,
        inherited: Int = 0
    ) -> RememberedFailure {
        let tick = self.clock.now()
        // A fetch that was cancelled, or not allowed, says nothing about the provider.
        guard error.code != .cancelled, error.code != .offline, error.code != .leaseLost else {
            return RememberedFailure(error: error, retryTick: tick)
        }
        let noted = self.failures.withLock { failures -> RememberedFailure? in
            guard !error.code.concernsWholeProvider else { return nil }
            failures.note(key, range, error, inherited: inherited, tick: tick)
            return failures.failure(key, range, tick: tick)
        }
        return noted ?? self.breakers.refusal(provider).map(RememberedFailure.init)
            ?? RememberedFailure(error: error, retryTick: tick)
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

extension FailureMemory.Failure {
    init(_ refusal: CircuitBreaker.Refusal) {
        self.init(error: refusal.error, retryTick: refusal.retryTick)
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
