internal import MarketData

/// Finds out where the newest data of a series end.
struct HorizonReader: Sendable {
    /// Why the end of what is stored stands for the provider's.
    enum Doubt: Sendable {
        /// The provider cannot be asked.
        case failure(FlightReport.Failure)
        /// It is being asked, and slow.
        case slow
    }

    let core: CacheCore
    let origin: RequestOrigin
    let patience: ReadPatience

    /// What the provider has, or, when it cannot be asked or is slow, what is stored; then `doubt` says why.
    ///
    /// Throws when the provider cannot be asked and nothing is stored.
    func horizon(of series: Series) async throws -> (horizon: Horizon, doubt: Doubt?) {
        if self.core.configuration.mode == .bypass {
            return (try await BypassReader(core: self.core, origin: self.origin).horizon(of: series), nil)
        }
        let tick = self.core.clock.now()
        if let known = self.core.memory.freshHorizon(series, tick: tick) { return (known, nil) }
        let grace = self.core.atOnceGrace(lifetime: self.core.lifetime(series))
        if self.patience.answersStale, let known = self.core.memory.heldHorizon(series, tick: tick, grace: grace) {
            return (known, nil)
        }
        return try await self.core.answer(with: self.patience) {
            try await self.asked(series)
        } stale: {
            await StaleReader(core: self.core, origin: self.origin).horizon(series).map { ($0, .slow) }
        }
    }

    private func asked(_ series: Series) async throws -> (horizon: Horizon, doubt: Doubt?) {
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
        let tick = self.core.clock.now()
        let horizon = Horizon(
            start: .earliest,
            availableEnd: end,
            timeframe: series.timeframe,
            askedTick: tick,
            deadlineTick: tick
        )
        return (horizon, .failure(failure))
    }

    /// Notes in a read what is missing behind the end of what is stored while the provider does not answer.
    func note(_ doubt: Doubt, behind horizon: Horizon, _ series: Series, in read: inout SeriesRead<Bar>) {
        read.isStale = true
        guard let range = TimeRange(horizon.end, series.timeframe.ceiling(self.core.wallClock())) else { return }
        switch doubt {
        case .failure(let failure):
            let reason = failure.error.missingReason
            read.missing.append(MissingRange(range: range, reason: reason, detail: failure.error.message))
        case .slow:
            read.missing.append(MissingRange(begunSince: range))
        }
    }
}
