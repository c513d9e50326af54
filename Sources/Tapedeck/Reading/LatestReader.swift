internal import MarketData

/// Reads the newest prices of a symbol: from memory, else through a flight that asks database and provider.
struct LatestReader: Sendable {
    /// The newest prices, and how they were come by.
    struct Read: Sendable {
        let provider: ProviderID
        let held: HeldLatest
        let tier: Tier
        /// Why the prices could not be renewed, nil when they are fresh.
        var staleReason: String?
    }

    let core: CacheCore
    let origin: RequestOrigin

    /// The newest prices, fetched no longer than `lifetime` ago if the provider can be asked.
    ///
    /// Throws when nothing is stored and nothing can be bought.
    func latest(_ provider: ProviderID, _ symbol: String, lifetime: Duration) async throws -> Read {
        // The symbol is checked as a series' would be.
        _ = try RequestChecks.series(provider, symbol, .oneMinute, kind: .quotes)
        let key = LatestKey(provider: provider, symbol: symbol)
        let standard = self.core.configuration.freshness.latestLifetime
        let nanoseconds = min(lifetime, standard).clampedNanoseconds
        if let held = self.core.latest.read(key, tick: self.core.clock.now(), lifetime: nanoseconds) {
            return Read(provider: provider, held: held, tier: .memory)
        }
        // Younger than the database would renew it: ask the provider whatever is stored.
        let isPressing = lifetime < standard
        var reports: [FlightReport] = []
        for mode in isPressing ? [CacheCore.Mode.fetch, .refresh] : [.fetch] {
            let waited = try await self.core.coordinator.wait(
                for: .latest(key),
                FlightKey.whole,
                mode: mode,
                origin: self.origin
            )
            self.core.counters.noteJoin(waited.hasJoined)
            reports += waited.outcomes
            if let refusal = waited.outcomes.lazy.compactMap(\.refusal).first { throw refusal }
            let tier = self.core.tier(behind: reports)
            if let held = self.core.latest.read(key, tick: self.core.clock.now(), lifetime: nanoseconds) {
                return Read(provider: provider, held: held, tier: tier)
            }
        }
        return try self.stale(key, reports)
    }

    /// What is known although it should have been renewed, or the error that kept it from being renewed.
    private func stale(_ key: LatestKey, _ reports: [FlightReport]) throws -> Read {
        let failure = reports.lazy.flatMap(\.failures).first
        let withheld = reports.lazy.flatMap(\.withheld).first
        let databaseError = reports.lazy.compactMap(\.databaseError).first
        if let held = reports.lazy.compactMap(\.latest).last ?? self.core.latest.readExpired(key) {
            return Read(
                provider: key.provider,
                held: held,
                tier: databaseError == nil ? .database : .memory,
                staleReason: failure?.error.message ?? withheld?.detail
                    ?? databaseError.map { _ in "the database failed" }
            )
        }
        if let failure {
            throw TapedeckError(failure.error, provider: key.provider, retryAfter: failure.retryAfter)
        }
        if let withheld { throw withheld.error }
        if let databaseError { throw TapedeckError(database: databaseError) }
        throw TapedeckError(.providerUnavailable, "\(key.provider) answered nothing for '\(key.symbol)'")
    }
}
