internal import Locking
internal import MarketData
internal import MarketStore

extension GuardedStore {
    /// What is known of a series, and whether that is all that the database holds.
    struct Knowledge<Record: Hashable & Sendable>: Sendable {
        let slice: SeriesSlice<Record>
        /// Whether the database was asked; else the slice is what is at hand.
        let isCertain: Bool
    }

    /// The bars of a range, like `MarketStore.bars`.
    func bars(_ series: Series, in range: TimeRange, limit: Int?) async throws -> SeriesSlice<Bar> {
        try await self.knownBars(series, in: range, limit: limit).slice
    }

    /// The bars of a range, and whether they are all that is stored.
    func knownBars(_ series: Series, in range: TimeRange, limit: Int?) async throws -> Knowledge<Bar> {
        let pending = self.pendingBars(series)
        let tick = self.clock.now()
        // Stored bars may give way to pending ones; without those there must still be enough.
        let more = limit.map { $0 + pending.periods(of: series, in: range) }
        let read = try await self.reading { try await self.marketStore.bars(series, in: range, limit: more) }
        return try self.knowledge(of: series, in: range, read, pending, limit: limit, more: more, tick: tick)
    }

    /// The bars of several series, a range of each, read at once, and whether they are all that is stored.
    func knownBars(of parts: [(series: Series, range: TimeRange)]) async throws -> [Knowledge<Bar>] {
        let pending = parts.map { self.pendingBars($0.series) }
        let tick = self.clock.now()
        let read = try await self.reading { try await self.marketStore.bars(of: parts) }
        return try parts.enumerated().map { index, part in
            try self.knowledge(
                of: part.series,
                in: part.range,
                read?[index],
                pending[index],
                limit: nil,
                more: nil,
                tick: tick
            )
        }
    }

    /// What was read together with what is pending; `more` bars were read, so that `limit` are left.
    private func knowledge(
        of series: Series,
        in range: TimeRange,
        _ read: SeriesSlice<Bar>?,
        _ pending: PendingPieces<Bar>,
        limit: Int?,
        more: Int?,
        tick: Int64
    ) throws -> Knowledge<Bar> {
        if let read { self.note(series, read, tick: tick) }
        if let read, pending.isEmpty { return Knowledge(slice: read, isCertain: true) }
        var base = read ?? self.heldBars(series, in: range)
        var part = range
        if let more, base.records.count == more, let last = base.records.last {
            // Behind the last stored bar that was read there may be more: what is pending there comes with them.
            part = TimeRange(range.start, series.timeframe.end(ofPeriodStarting: last.timestamp)) ?? range
        }
        base = try pending.applied(to: base, within: part, tick: tick) { try $0.storing($1, within: $2)?.slice }
        return Knowledge(slice: base.first(limit), isCertain: read != nil)
    }

    /// The newest bars, like `MarketStore.recentBars`.
    func recentBars(_ series: Series, before end: Timestamp, count: Int) async throws -> SeriesSlice<Bar> {
        let pending = self.pendingBars(series)
        let tick = self.clock.now()
        guard let whole = TimeRange(.earliest, end) else {
            return try await self.bars(series, in: TimeRange(start: end, end: .latest), limit: 0)
        }
        let more = count + pending.periods(of: series, in: whole)
        let read = try await self.reading {
            try await self.marketStore.recentBars(series, before: end, count: more)
        }
        if let read { self.note(series, read, tick: tick) }
        if let read, pending.isEmpty { return read }
        let base = read ?? self.heldBars(series, in: whole)
        let start = base.records.count == more ? base.records.first?.timestamp ?? .earliest : .earliest
        let part = TimeRange(start, end) ?? whole
        return try pending.applied(to: base, within: part, tick: tick) { try $0.storing($1, within: $2)?.slice }
            .last(count)
    }

    /// The quotes of a range, like `MarketStore.quotes`.
    func quotes(_ series: Series, in range: TimeRange, limit: Int?) async throws -> SeriesSlice<Quote> {
        let pending = self.pendingQuotes(series)
        let tick = self.clock.now()
        let more = limit.map { $0 + pending.periods(of: series, in: range) }
        let read = try await self.reading { try await self.marketStore.quotes(series, in: range, limit: more) }
        if let read { self.note(series, read, tick: tick) }
        if let read, pending.isEmpty { return read }
        return try pending.applied(to: read ?? self.nothing(), within: range, tick: tick) {
            try $0.storing($1, within: $2)?.slice
        }.first(limit)
    }

    /// What can be answered of a series now, like `MarketStore.coverage`.
    func coverage(of series: Series) async throws -> (version: Int64, coverage: Coverage, databaseNow: Timestamp) {
        let known = try await self.knownCoverage(of: series)
        return (known.version, known.coverage, known.databaseNow)
    }

    /// What can be answered of a series now, and whether that is all that is stored.
    func knownCoverage(
        of series: Series
    ) async throws -> (version: Int64, coverage: Coverage, databaseNow: Timestamp, isCertain: Bool) {
        let tick = self.clock.now()
        let pending = self.state.withLock { $0.queue.pieces(of: series) }
        let read = try await self.reading { try await self.marketStore.coverage(of: series) }
        if let read {
            self.note(series, read.coverage, version: read.version, databaseNow: read.databaseNow, tick: tick)
        }
        let base = read ?? (0, self.heldCoverage(series), self.databaseNow(tick))
        let coverage = pending.reduce(base.1) { $0.recording($1, databaseNow: base.2, tick: tick) }
        return (base.0, coverage, base.2, read != nil)
    }

    /// What may be bought of a range of which `known` is known, and what is withheld because the database cannot say.
    func plan(
        _ series: Series,
        _ range: TimeRange,
        known: Coverage,
        isCertain: Bool,
        fresh: (Coverage) -> RangeSet
    ) -> (bought: RangeSet, withheld: RangeSet) {
        guard !isCertain else {
            return (PurchasePlan.missing(in: range, fresh: fresh(known), coverage: known), RangeSet())
        }
        let tick = self.clock.now()
        let now = self.databaseNow(tick)
        let (remembered, pending, lastContact) = self.state.withLock {
            ($0.coverages.coverage(of: series), $0.queue.pieces(of: series), $0.coverages.lastContact)
        }
        let plan = OutagePlan(
            range,
            timeframe: series.timeframe,
            remembered: remembered.map { pending.reduce($0) { $0.recording($1, databaseNow: now, tick: tick) } },
            atHand: known,
            lastContact: lastContact,
            fresh: fresh
        )
        return (plan.bought, plan.withheld)
    }

    /// The database's clock at `tick`, as far as it is known.
    func databaseNow(_ tick: Int64) -> Timestamp {
        let wallClock = self.wallClock()
        return self.state.withLock { $0.coverages.databaseNow(tick: tick, wallClock: wallClock) }
    }

    // MARK: At hand

    private func pendingBars(_ series: Series) -> PendingPieces<Bar> {
        PendingPieces(
            self.state.withLock { $0.queue.pieces(of: series) }.compactMap { write in
                if case .bars(let piece) = write.content { .init(piece: piece, tick: write.tick) } else { nil }
            }
        )
    }

    private func pendingQuotes(_ series: Series) -> PendingPieces<Quote> {
        PendingPieces(
            self.state.withLock { $0.queue.pieces(of: series) }.compactMap { write in
                if case .quotes(let piece) = write.content { .init(piece: piece, tick: write.tick) } else { nil }
            }
        )
    }

    private func heldCoverage(_ series: Series) -> Coverage {
        guard let whole = TimeRange(.earliest, .latest), series.kind == .bars else { return Coverage() }
        return self.heldBars(series, in: whole).coverage
    }

    /// What memory holds of a range, however old.
    private func heldBars(_ series: Series, in range: TimeRange) -> SeriesSlice<Bar> {
        let tick = self.clock.now()
        let now = self.databaseNow(tick)
        let held = self.memory.held(series, in: range)
        let final = RangeSet(held.stretches.lazy.filter(\.isFinal).map(\.range))
        let provisional = held.stretches.filter { !$0.isFinal }.map {
            let age = tick.subtractingSaturating($0.fetchedTick)
            return Coverage.Provisional(range: $0.range, fetchedAt: now.advancedSaturating(byNanoseconds: -age))
        }
        return SeriesSlice(
            version: 0,
            coverage: Coverage(final: final, provisional: provisional),
            records: held.bars,
            changedDaysCheckedAt: nil,
            databaseNow: now
        )
    }

    private func nothing() -> SeriesSlice<Quote> {
        SeriesSlice(
            version: 0,
            coverage: Coverage(),
            records: [],
            changedDaysCheckedAt: nil,
            databaseNow: self.databaseNow(self.clock.now())
        )
    }
}
