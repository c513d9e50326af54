internal import MarketData
internal import MarketStore

/// Reads ranges of stored series: from memory, else from the database once flights have bought what is missing.
struct RangeReader: Sendable {
    /// Rounds of fetching and reading.
    ///
    /// One is enough unless what was fetched is removed or expires at once.
    private static var attemptsMax: Int { 3 }

    let core: CacheCore
    let origin: RequestOrigin
    let patience: ReadPatience

    /// The bars of `range`, which lies on the series' grid; a refresh does not buy `renewed`.
    ///
    /// Throws when nothing is stored and nothing can be bought, and when the database fails and memory has no answer.
    func bars(
        _ series: Series,
        _ range: TimeRange,
        mode: CacheCore.Mode = .fetch,
        renewed: RangeSet = RangeSet(),
        accepting age: AcceptedAge = .fresh
    ) async throws -> SeriesRead<Bar> {
        if self.core.configuration.mode == .bypass {
            return try await BypassReader(core: self.core, origin: self.origin).bars(series, range)
        }
        guard mode == .fetch else { return try await self.fetchedBars(series, range, mode: mode, renewed: renewed) }
        let tick = self.core.clock.now()
        if let read = self.core.memory.read(series, range, tick: tick, accepting: age) {
            self.core.renewIfDue(read, of: series, origin: self.origin)
            return SeriesRead(read, asked: range, tier: .memory)
        }
        let stale = StaleReader(core: self.core, origin: self.origin)
        if self.patience.answersStale, let read = stale.barsAtOnce(series, range) { return read }
        return try await self.core.answer(with: self.patience) {
            try await self.fetchedBars(series, range, mode: .fetch, renewed: RangeSet())
        } stale: {
            await stale.bars(series, range)
        }
    }

    private func fetchedBars(
        _ series: Series,
        _ range: TimeRange,
        mode: CacheCore.Mode,
        renewed: RangeSet
    ) async throws -> SeriesRead<Bar> {
        try await self.read(
            series,
            range,
            mode: mode,
            renewed: renewed,
            timestamp: \.timestamp,
            fromMemory: { tier, age in
                self.core.memory.read(series, range, tick: self.core.clock.now(), accepting: age).map {
                    SeriesRead($0, asked: range, tier: tier)
                }
            },
            fromDatabase: {
                let ticket = self.core.memory.ticket(series)
                let tick = self.core.clock.now()
                let slice = try await self.core.store.bars(series, in: range, limit: nil)
                self.core.memory.fill(MemoryContent(slice, range: range, tick: tick), ticket: ticket)
                return slice
            }
        )
    }

    /// The quotes of `range`, which lies on the series' grid; throws like `bars`.
    func quotes(_ series: Series, _ range: TimeRange) async throws -> SeriesRead<Quote> {
        if self.core.configuration.mode == .bypass {
            return try await BypassReader(core: self.core, origin: self.origin).quotes(series, range)
        }
        return try await self.core.answer(with: self.patience) {
            try await self.read(
                series,
                range,
                mode: .fetch,
                renewed: RangeSet(),
                timestamp: \.timestamp,
                fromMemory: { _, _ in nil },
                fromDatabase: { try await self.core.store.quotes(series, in: range, limit: nil) }
            )
        } stale: {
            await StaleReader(core: self.core, origin: self.origin).quotes(series, range)
        }
    }

    private func read<Record: Hashable & Sendable>(
        _ series: Series,
        _ range: TimeRange,
        mode: CacheCore.Mode,
        renewed: RangeSet,
        timestamp: @Sendable (Record) -> Timestamp,
        fromMemory: (Tier, AcceptedAge) -> SeriesRead<Record>?,
        fromDatabase: () async throws -> SeriesSlice<Record>
    ) async throws -> SeriesRead<Record> {
        var reports: [FlightReport] = []
        var attempt = 1
        while true {
            reports += try await self.core.wait(
                for: series,
                range,
                mode: attempt == 1 ? mode : .fetch,
                renewed: renewed,
                origin: self.origin
            )
            if let refusal = reports.lazy.compactMap(\.refusal).first { throw refusal }
            if let error = reports.lazy.compactMap(\.databaseError).first {
                return try self.staleRead(range, error, fromMemory)
            }
            let tier = self.core.tier(behind: reports)
            var read: SeriesRead<Record>
            if let held = fromMemory(tier, .fresh) {
                read = held
            } else {
                do {
                    let tick = self.core.clock.now()
                    let slice = try await fromDatabase()
                    read = SeriesRead(slice, of: series, range, reports, tier, tick, core: self.core, timestamp)
                } catch {
                    return try self.staleRead(range, error, fromMemory)
                }
            }
            read.noteBought(reports)
            if mode == .refresh { read.addFailures(of: reports) }
            let isUnexplained =
                read.missing.contains { $0.reason == .purchaseLimit }
                && !reports.contains { !$0.unbought.isEmpty }
            if !isUnexplained || attempt == Self.attemptsMax {
                return try self.checked(read, series, reports)
            }
            attempt += 1
        }
    }

    /// What memory holds, however old, or the database's error.
    private func staleRead<Record>(
        _ range: TimeRange,
        _ error: any Error,
        _ fromMemory: (Tier, AcceptedAge) -> SeriesRead<Record>?
    ) throws -> SeriesRead<Record> {
        guard var read = fromMemory(.memory, .any) else { throw TapedeckError(database: error) }
        read.isStale = true
        read.missing.append(
            MissingRange(
                range: range,
                reason: .databaseFailed,
                detail: "the database failed; this is what memory holds"
            )
        )
        return read
    }

    /// The read, unless nothing at all is known of what failed to be bought.
    private func checked<Record>(
        _ read: SeriesRead<Record>,
        _ series: Series,
        _ reports: [FlightReport]
    ) throws -> SeriesRead<Record> {
        if read.complete.isEmpty, let failure = reports.lazy.flatMap(\.failures).first {
            throw TapedeckError(failure.error, provider: series.provider, retryAfter: failure.retryAfter)
        }
        if read.complete.isEmpty, let withheld = reports.lazy.flatMap(\.withheld).first { throw withheld.error }
        return read
    }
}

extension MemoryContent {
    init(_ slice: SeriesSlice<Bar>, range: TimeRange, tick: Int64) {
        self.init(
            version: slice.seriesID.map { SeriesVersion(seriesID: $0, known: slice.version) },
            range: range,
            bars: slice.records,
            coverage: slice.coverage,
            databaseNow: slice.databaseNow,
            tick: tick
        )
    }
}
