internal import MarketData

/// Reads the newest prices of a symbol: from memory, else through a flight that asks database and provider.
struct LatestReader: Sendable {
    /// The newest prices, and how they were come by.
    struct Read: Sendable {
        let provider: ProviderID
        let held: HeldLatest
        let tier: Tier
        /// Whether it was bought by a fetch that another read had begun.
        var isJoined = false
        /// Why the prices could not be renewed, nil when they are fresh.
        var staleReason: String?
    }

    let core: CacheCore
    let origin: RequestOrigin
    let patience: ReadPatience

    /// The newest prices, fetched no longer than `lifetime` ago if the provider can be asked.
    ///
    /// Throws when nothing is stored and nothing can be bought.
    func latest(_ provider: ProviderID, _ symbol: String, lifetime: Duration) async throws -> Read {
        // The symbol is checked as a series' would be.
        _ = try RequestChecks.series(provider, symbol, .oneMinute, kind: .quotes)
        let key = LatestKey(provider: provider, symbol: symbol)
        if self.core.configuration.mode == .bypass {
            let held = try await BypassReader(core: self.core, origin: self.origin).latest(key)
            return Read(provider: provider, held: held, tier: .provider)
        }
        let standard = self.core.configuration.freshness.latestLifetime
        let nanoseconds = min(lifetime, standard).clampedNanoseconds
        // Younger than the database would renew it: ask the provider whatever is stored.
        let isPressing = lifetime < standard
        if let held = self.core.latest.read(key, tick: self.core.clock.now(), lifetime: nanoseconds) {
            if !isPressing { self.core.renewIfDue(held, key, origin: self.origin) }
            return Read(provider: provider, held: held, tier: .memory)
        }
        if !isPressing, let read = self.expiredJustNow(key, lifetime: nanoseconds) { return read }
        return try await self.core.answer(with: self.patience) {
            try await self.fetched(key, lifetime: nanoseconds, isPressing: isPressing)
        } stale: {
            await self.slow(key, lifetime: standard.clampedNanoseconds)
        }
    }

    private func fetched(_ key: LatestKey, lifetime: Int64, isPressing: Bool) async throws -> Read {
        var reports: [FlightReport] = []
        for mode in isPressing ? [CacheCore.Mode.fetch, .refresh] : [.fetch] {
            let waited = try await self.core.coordinator.wait(
                for: .latest(key),
                FlightKey.whole,
                mode: mode,
                origin: self.origin
            )
            self.core.counters.noteJoin(waited.hasJoined)
            reports += waited.reports
            if let refusal = waited.outcomes.lazy.compactMap(\.refusal).first { throw refusal }
            let tier = self.core.tier(behind: reports)
            if let held = self.core.latest.read(key, tick: self.core.clock.now(), lifetime: lifetime) {
                return Read(provider: key.provider, held: held, tier: tier, isJoined: reports.isJoined)
            }
        }
        return try self.stale(key, reports)
    }

    /// The prices if they have expired just now; then they are bought again in the background.
    private func expiredJustNow(_ key: LatestKey, lifetime: Int64) -> Read? {
        let grace = self.core.atOnceGrace(lifetime: lifetime)
        let limit = lifetime.addingSaturating(grace.nanoseconds)
        guard self.patience.answersStale,
            let held = self.core.latest.read(key, tick: self.core.clock.now(), lifetime: limit),
            self.core.revalidate(.latest(key), FlightKey.whole, lifetime: lifetime, origin: self.origin)
        else { return nil }
        let reason = "it has expired and is being bought again"
        return Read(provider: key.provider, held: held, tier: .memory, staleReason: reason)
    }

    /// What is held while the provider is slow.
    private func slow(_ key: LatestKey, lifetime: Int64) async -> Read? {
        let reason = "the provider is slow; it is being bought again"
        let limit = lifetime.addingSaturating(self.core.slowGrace.nanoseconds)
        let tick = self.core.clock.now()
        if let held = self.core.latest.read(key, tick: tick, lifetime: limit) {
            return Read(provider: key.provider, held: held, tier: .memory, staleReason: reason)
        }
        // What the database cannot answer either is waited for.
        guard let stored = try? await self.core.store.latestQuote(key).stored,
            let held = HeldLatest(stored, tick: tick), tick.subtractingSaturating(held.fetchedTick) < limit
        else { return nil }
        return Read(provider: key.provider, held: held, tier: .database, staleReason: reason)
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
