internal import Locking
internal import MarketData
internal import MarketStore
internal import Providers

/// What a round of looking what is missing, claiming it and buying it led to.
enum FetchRound {
    case done
    /// Look again after this time at the latest: others are buying what is left, or something has changed meanwhile.
    case again(after: Duration, hasBought: Bool)
}

extension CacheCore {
    /// Rounds without a purchase that follow each other at once: after these something does not fit, and looking is slowed.
    private static var fruitlessRoundsMax: Int { 3 }

    /// Repeats rounds until one is done.
    ///
    /// Throws `timedOut` when nothing was bought for `claimWaitMax`, and what a round throws.
    func repeatRounds(of key: FlightKey, _ round: () async throws -> FetchRound) async throws {
        let patience = self.configuration.claimWaitMax.clampedNanoseconds
        var deadlineTick = self.clock.now().addingSaturating(patience)
        var fruitlessCount = 0
        while true {
            let mark = self.changes.mark(key)
            guard case .again(var wait, let hasBought) = try await round() else { return }
            fruitlessCount = hasBought ? 0 : fruitlessCount + 1
            if hasBought { deadlineTick = self.clock.now().addingSaturating(patience) }
            if fruitlessCount > Self.fruitlessRoundsMax { wait = max(wait, self.configuration.claimPollInterval) }
            try await self.waitForOthers(key, since: mark, wait, deadlineTick: deadlineTick)
        }
    }

    /// Waits for what others are buying: until news of the key, until `wait` or the poll interval is over.
    ///
    /// `deadlineTick` is when the flight gives up: then it throws `timedOut`.
    private func waitForOthers(_ key: FlightKey, since mark: UInt64, _ wait: Duration, deadlineTick: Int64) async throws
    {
        let tick = self.clock.now()
        guard tick < deadlineTick else {
            throw TapedeckError(
                .timedOut,
                "other workers have been buying this for \(self.configuration.claimWaitMax), the longest that is waited "
                    + "for them: ask again later",
                retryAfter: self.configuration.claimPollInterval
            )
        }
        guard wait > .zero else { return try Task.checkCancellation() }
        let pause = min(wait, self.configuration.claimPollInterval).clampedNanoseconds
        let untilTick = min(deadlineTick, tick.addingSaturating(pause))
        await self.changes.wait(for: key, since: mark, untilTick: untilTick)
        try Task.checkCancellation()
    }

    /// Runs `body`, which asks the provider, and lets it ask only while the lease is trusted.
    func asking<Value>(under lease: FetchLease?, _ body: () async throws -> Value) async throws -> Value {
        guard let lease else { return try await body() }
        let store = self.store
        return try await RequestPermission.$current.withValue(RequestPermission { store.isTrusted(lease) }) {
            try RequestPermission.check()
            return try await body()
        }
    }

    /// Tells the other workers of a failure, in place of the lease under which it happened.
    func handOn(
        _ failure: RememberedFailure,
        of range: TimeRange,
        _ lease: FetchLease?,
        _ flightKey: FlightKey
    ) async {
        guard let lease, let key = flightKey.leaseKey else { return }
        let wait = failure.retryTick.subtractingSaturating(self.clock.now())
        guard wait > 0 else { return await self.store.release([lease]) }
        let handed = LeaseFailure(
            range: failure.error.code.concernsWholeProvider ? nil : range,
            code: failure.error.code.description,
            message: failure.error.message,
            attempts: failure.attempts,
            retryAfter: .nanoseconds(wait)
        )
        await self.store.handOn(handed, lease, of: key)
    }

    /// Remembers a failure that another worker handed on like one of its own.
    ///
    /// One of the whole provider is remembered for `range`, what the caller wanted.
    func adopt(_ failure: LeaseFailure, _ key: FlightKey, _ range: TimeRange) -> RememberedFailure {
        let tick = self.clock.now()
        let remembered = RememberedFailure(
            error: ProviderError(failure),
            retryTick: tick.addingSaturating(failure.retryAfter.clampedNanoseconds),
            attempts: failure.attempts
        )
        self.failures.withLock { $0.adopt(key, failure.range ?? range, remembered, tick: tick) }
        return remembered
    }
}

extension ProviderError {
    /// A failure as another worker told it; a code that this program does not know counts as `unavailable`.
    fileprivate init(_ failure: LeaseFailure) {
        self.init(Code(name: failure.code) ?? .unavailable, failure.message, retryAfter: failure.retryAfter)
    }
}

extension FlightKey {
    /// What leases for it are about; nil for what is free.
    var leaseKey: LeaseKey? {
        switch self {
        case .records(let series): .records(series)
        case .latest(let key): .latest(provider: key.provider, symbol: key.symbol)
        case .horizon: nil
        }
    }
}
