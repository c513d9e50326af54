internal import MarketData
internal import MarketStore

/// Reads a range of any size in pages: first everything that is missing is bought, then the database is read page by page.
struct BarsStream: Sendable {
    let core: CacheCore
    let origin: RequestOrigin
    /// The series asked for.
    let series: Series
    /// The stored series that it is read from.
    let source: Series
    /// The range, on the grid of `series`.
    let range: TimeRange
    /// Damaged blocks that had been given up when the stream began.
    private let damagedBlocksBefore: Int

    init(core: CacheCore, origin: RequestOrigin, series: Series, source: Series, range: TimeRange) {
        self.core = core
        self.origin = origin
        self.series = series
        self.source = source
        self.range = range
        self.damagedBlocksBefore = core.store.marketStore.damagedBlockCount
    }

    /// Buys what is missing, or with a refresh all but `renewed`, and tells what the pages will bring.
    ///
    /// Throws when nothing is stored and nothing can be bought.
    func prepare(mode: CacheCore.Mode, renewed: RangeSet = RangeSet()) async throws -> SeriesRead<Bar> {
        if self.core.configuration.mode == .bypass { return try await self.promisedPastTheCache() }
        let reports = try await self.core.wait(
            for: self.source,
            self.range,
            mode: mode,
            renewed: renewed,
            origin: self.origin
        )
        try self.throwEnd(of: reports)
        let tick = self.core.clock.now()
        let (version, coverage, databaseNow) = try await self.core.store.coverage(of: self.source)
        let known = SeriesSlice<Bar>(
            version: version,
            coverage: coverage,
            records: [],
            changedDaysCheckedAt: nil,
            databaseNow: databaseNow
        )
        let tier = self.core.tier(behind: reports)
        var read = SeriesRead(known, of: self.source, self.range, reports, tier, tick, core: self.core, \.timestamp)
        read.noteBought(reports)
        if mode == .refresh { read.addFailures(of: reports) }
        if read.complete.isEmpty { try self.throwFailure(of: reports) }
        return read
    }

    /// Throws what ended one of the flights.
    private func throwEnd(of reports: [FlightReport]) throws(TapedeckError) {
        if let refusal = reports.lazy.compactMap(\.refusal).first { throw refusal }
        if let error = reports.lazy.compactMap(\.databaseError).first { throw TapedeckError(database: error) }
    }

    /// Throws why one of the flights did not buy something.
    private func throwFailure(of reports: [FlightReport]) throws(TapedeckError) {
        if let failure = reports.lazy.flatMap(\.failures).first {
            throw TapedeckError(failure.error, provider: self.source.provider, retryAfter: failure.retryAfter)
        }
        if let withheld = reports.lazy.flatMap(\.withheld).first { throw withheld.error }
    }

    /// Hands the bars of `range` to `page`, oldest first; `read` is what `prepare` answered.
    func pages(_ read: SeriesRead<Bar>, _ page: ([Bar]) async throws -> Void) async throws {
        if self.core.configuration.mode == .bypass { return try await self.pagesPastTheCache(read, page) }
        let ratio = self.series.timeframe.nanoseconds / self.source.timeframe.nanoseconds
        // A page holds at least one whole period of the asked timeframe.
        let pageMax = max(self.core.configuration.pageBarsMax, Int(ratio) + 1)
        var start = self.range.start
        while let rest = TimeRange(start, self.range.end) {
            var (slice, part) = try await self.slice(rest, limit: pageMax, ratio: ratio)
            if let lost = self.lost(slice, in: part, of: read).bounds, self.hasMetDamage {
                try await self.buyAgain(lost)
                (slice, part) = try await self.slice(rest, limit: pageMax, ratio: ratio)
            }
            guard self.lost(slice, in: part, of: read).isEmpty else {
                throw TapedeckError(
                    .databaseUnavailable,
                    "bars of \(self.source) in \(part) were removed while they were read: ask again"
                )
            }
            let bars = try self.bars(slice, in: part, availableEnd: read.horizon?.availableEnd)
            if !bars.isEmpty { try await page(bars) }
            start = part.end
        }
    }

    /// The next bars of `rest`, and the part of it that they are of.
    private func slice(
        _ rest: TimeRange,
        limit: Int,
        ratio: Int64
    ) async throws -> (slice: SeriesSlice<Bar>, part: TimeRange) {
        let slice = try await self.slice(rest, limit: limit)
        guard slice.records.count == limit, let last = slice.records.last else { return (slice, rest) }
        // What begins in the last period may go on behind the page.
        let end =
            ratio == 1
            ? self.series.timeframe.end(ofPeriodStarting: last.timestamp)
            : self.series.timeframe.floor(last.timestamp)
        // A page holds more than a period of the asked timeframe.
        return (slice, TimeRange(rest.start, end) ?? rest)
    }

    /// What of `part` was promised and is not known any more.
    private func lost(_ slice: SeriesSlice<Bar>, in part: TimeRange, of read: SeriesRead<Bar>) -> RangeSet {
        read.complete.intersection(part).subtracting(slice.coverage.intersection(part).all)
    }

    /// Whether damaged blocks were given up since the stream began, by this read or another of the worker.
    ///
    /// Of a long range only the coverage was read before the pages are.
    private var hasMetDamage: Bool {
        self.core.store.marketStore.damagedBlockCount > self.damagedBlocksBefore
    }

    /// Buys what was in damaged blocks.
    private func buyAgain(_ lost: TimeRange) async throws {
        let reports = try await self.core.wait(for: self.source, lost, mode: .fetch, origin: self.origin)
        try self.throwEnd(of: reports)
        try self.throwFailure(of: reports)
    }

    /// Throws `TapedeckError` for the database's errors, so that only the caller's own leave `pages` as they are.
    private func slice(_ range: TimeRange, limit: Int) async throws -> SeriesSlice<Bar> {
        do {
            return try await self.core.store.bars(self.source, in: range, limit: limit)
        } catch {
            throw TapedeckError(database: error)
        }
    }

    private func bars(_ slice: SeriesSlice<Bar>, in part: TimeRange, availableEnd: Timestamp?) throws -> [Bar] {
        let known = slice.coverage.intersection(part)
        let complete = known.all
        let inPart = slice.records.prefix(slice.records.lowerBound(part.end, before: slice.records.count))
        guard self.source != self.series else {
            if complete.contains(part) { return Array(inPart) }
            return inPart.filter { complete.contains($0.timestamp) }
        }
        do throws(MarketDataError) {
            return try BarAggregation.aggregate(
                inPart,
                from: self.source.timeframe,
                to: self.series.timeframe,
                complete: complete,
                final: known.final,
                availableEnd: availableEnd
            )
        } catch {
            throw TapedeckError(error, parameter: "timeframe")
        }
    }
}
