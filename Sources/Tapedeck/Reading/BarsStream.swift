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
        if let refusal = reports.lazy.compactMap(\.refusal).first { throw refusal }
        if let error = reports.lazy.compactMap(\.databaseError).first { throw TapedeckError(database: error) }
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
        if read.complete.isEmpty, let failure = reports.lazy.flatMap(\.failures).first {
            throw TapedeckError(failure.error, provider: self.source.provider, retryAfter: failure.retryAfter)
        }
        if read.complete.isEmpty, let withheld = reports.lazy.flatMap(\.withheld).first { throw withheld.error }
        return read
    }

    /// Hands the bars of `range` to `page`, oldest first; `read` is what `prepare` answered.
    func pages(_ read: SeriesRead<Bar>, _ page: ([Bar]) async throws -> Void) async throws {
        if self.core.configuration.mode == .bypass { return try await self.pagesPastTheCache(read, page) }
        let ratio = self.series.timeframe.nanoseconds / self.source.timeframe.nanoseconds
        // A page holds at least one whole period of the asked timeframe.
        let pageMax = max(self.core.configuration.pageBarsMax, Int(ratio) + 1)
        var start = self.range.start
        while let rest = TimeRange(start, self.range.end) {
            let slice = try await self.slice(rest, limit: pageMax)
            var end = rest.end
            if slice.records.count == pageMax, let last = slice.records.last {
                // What begins in the last period may go on behind the page.
                end =
                    ratio == 1
                    ? self.series.timeframe.end(ofPeriodStarting: last.timestamp)
                    : self.series.timeframe.floor(last.timestamp)
            }
            guard let part = TimeRange(start, end) else { break }
            let known = slice.coverage.intersection(part).all
            guard read.complete.intersection(part).subtracting(known).isEmpty else {
                throw TapedeckError(
                    .databaseUnavailable,
                    "bars of \(self.source) in \(part) were removed while they were read: ask again"
                )
            }
            let bars = try self.bars(slice, in: part, availableEnd: read.horizon?.availableEnd)
            if !bars.isEmpty { try await page(bars) }
            start = end
        }
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
