internal import Logging
internal import MarketData

extension CacheCore {
    /// The share of a lifetime over which renewals of what has expired are spread.
    private static var spreadShare: Double { 0.02 }

    /// Whether data may be read from the stores and bought into them.
    var isCaching: Bool { self.configuration.mode == .cache }

    /// How old something may be and still be answered at once, while it is bought again.
    func atOnceGrace(lifetime: Int64) -> Grace {
        Grace(
            nanoseconds: self.configuration.freshness.graceNanoseconds(lifetime: lifetime),
            allowsLackingEnd: false
        )
    }

    /// How old something may be and still be answered while the provider is slow.
    var slowGrace: Grace {
        Grace(
            nanoseconds: max(0, self.configuration.freshness.staleAgeMax.clampedNanoseconds),
            allowsLackingEnd: true
        )
    }

    /// Has the provisional part of what memory answered bought again before it expires, if that is due.
    func renewIfDue(_ read: MemoryRead, of series: Series, origin: RequestOrigin) {
        guard read.isDueAhead, self.isCaching, let known = read.range else { return }
        let expiry = read.oldestTick.addingSaturating(self.lifetime(series))
        // Half of the time left is for the purchase itself.
        let left = max(0, expiry.subtractingSaturating(self.clock.now())) / 2
        let range = TimeRange(read.firstProvisional, self.renewalEnd(known.end, read.horizon, series))
        guard let range, self.offerRenewal(.records(series), range, spread: left, origin) == .begin else { return }
        self.counters.noteRefreshAhead()
    }

    /// The same for the newest prices of a symbol.
    func renewIfDue(_ held: HeldLatest, _ key: LatestKey, origin: RequestOrigin) {
        let freshness = self.configuration.freshness
        let tick = self.clock.now()
        guard self.isCaching, self.latest.isDueAhead(key, held, tick: tick, freshness: freshness) else { return }
        let expiry = held.fetchedTick.addingSaturating(freshness.latestLifetime.clampedNanoseconds)
        let left = max(0, expiry.subtractingSaturating(tick)) / 2
        guard self.offerRenewal(.latest(key), FlightKey.whole, spread: left, origin) == .begin else { return }
        self.counters.noteRefreshAhead()
    }

    /// Has what expired a moment ago bought again in the background.
    ///
    /// False when that is known to fail now, or too much is under way: then it is not to be answered as if it were on its
    /// way.
    func revalidate(_ key: FlightKey, _ range: TimeRange, lifetime: Int64, origin: RequestOrigin) -> Bool {
        guard self.isCaching, self.expectedFailure(key, range, provider: key.provider) == nil,
            self.rememberedRefusal(key, range, client: origin.client) == nil
        else { return false }
        let spread = Int64(Double(lifetime) * Self.spreadShare)
        let admission = self.offerRenewal(key, range, spread: spread, origin)
        if admission == .begin { self.counters.noteRevalidation() }
        return admission != .full
    }

    /// Carries out a renewal; a failure is remembered and told to the reads that come.
    func renew(_ renewal: Renewal) async {
        do {
            _ = try await self.coordinator.wait(for: renewal.key, renewal.range, mode: .renew, origin: renewal.origin)
        } catch {
            self.logger.debug("a renewal was not made: \(error)", metadata: ["of": "\(renewal.key)"])
        }
    }

    /// Where a renewal of what is known up to `known` ends: at the newest data it takes along what has come since.
    func renewalEnd(_ known: Timestamp, _ horizon: Horizon?, _ series: Series) -> Timestamp {
        guard let horizon, known >= horizon.end else { return known }
        return max(known, series.timeframe.ceiling(self.wallClock()))
    }

    private func offerRenewal(
        _ key: FlightKey,
        _ range: TimeRange,
        spread: Int64,
        _ origin: RequestOrigin
    ) -> RenewalQueue<FlightKey>.Admission {
        let delay = Duration.nanoseconds(Int64(Double(spread) * self.random()))
        return self.renewals.offer(Renewal(key: key, range: range, delay: delay, origin: origin))
    }
}

extension FlightKey {
    var provider: ProviderID {
        switch self {
        case .records(let series), .horizon(let series): series.provider
        case .latest(let key): key.provider
        }
    }
}
