internal import Logging
internal import MarketData
internal import MarketStore
internal import Providers

/// Looks, once a day for each held series, which days its provider has published again, and buys those anew.
///
/// Only what is final and recent is looked at: what is provisional expires by itself.
struct ChangedDaysCheck: Sendable {
    private static let day = Timeframe.oneDay.nanoseconds

    let core: CacheCore

    /// Checks now and then every `changedDaysInterval`, until the task is cancelled.
    func runUntilCancelled() async {
        while !Task.isCancelled {
            do {
                try await self.run()
            } catch is CancellationError {
                return
            } catch {
                self.core.logger.warning("the check for changed days failed and is repeated later: \(error)")
            }
            do {
                try await self.core.clock.sleep(self.core.configuration.changedDaysInterval)
            } catch {
                return
            }
        }
    }

    /// Checks every series whose last check is a day ago.
    ///
    /// Answers how many ranges were bought anew.
    @discardableResult
    func run() async throws -> Int {
        let now = self.core.wallClock()
        let lookback = self.core.configuration.changedDaysLookbackDaysMax.multipliedSaturating(by: Self.day)
        guard let recent = TimeRange(now.advancedSaturating(byNanoseconds: -lookback), now) else { return 0 }
        // One question for each provider serves all its series.
        var changed: [ProviderID: [ChangedDay]] = [:]
        var bought = 0
        for summary in try await self.core.allSeries() {
            try Task.checkCancellation()
            let held = summary.coverage.final.intersection(recent.expanded(to: .oneDay))
            guard !held.isEmpty, bought < self.core.configuration.changedDaysPurchasesMax else { continue }
            let last = try await self.core.store.marketStore.lastChecked(summary.series)
            guard try await self.isDue(summary.series, last) else { continue }
            let provider = summary.series.provider
            if changed[provider] == nil {
                guard let days = await self.changedDays(of: provider, in: recent) else { continue }
                changed[provider] = days
            }
            bought += try await self.check(summary.series, held, last, changed[provider] ?? [])
        }
        return bought
    }

    /// Buys what has changed of a series, unless another worker has begun to.
    ///
    /// Answers how many ranges were bought anew.
    private func check(_ series: Series, _ held: RangeSet, _ last: Timestamp?, _ days: [ChangedDay]) async throws -> Int
    {
        let store = self.core.store.marketStore
        let ranges = try await self.outdated(held, of: series, last, days)
        guard try await store.markChecked(series, after: last) else { return 0 }
        let count: Int?
        do {
            count = try await self.buy(ranges, of: series)
        } catch {
            await self.takeBack(series, last)
            throw error
        }
        if count == nil { await self.takeBack(series, last) }
        return count ?? 0
    }

    /// Lets a check that failed be made again; where even that fails the check of the next day looks at the same days.
    private func takeBack(_ series: Series, _ last: Timestamp?) async {
        do {
            try await self.core.store.marketStore.unmarkChecked(series, to: last)
        } catch {
            self.core.logger.warning("a check for changed days that failed is made again tomorrow: \(error)")
        }
    }

    private func isDue(_ series: Series, _ last: Timestamp?) async throws -> Bool {
        guard let last else { return true }
        let (_, _, databaseNow) = try await self.core.store.marketStore.coverage(of: series)
        return databaseNow.nanoseconds.subtractingSaturating(last.nanoseconds) >= Self.day
    }

    /// What the provider says, nil when it is not configured any more or fails.
    private func changedDays(of id: ProviderID, in range: TimeRange) async -> [ChangedDay]? {
        do {
            return try await self.core.provider(id).changedDays(in: range)
        } catch {
            self.core.logger.warning("\(id) could not be asked for changed days: \(error)")
            return nil
        }
    }

    /// The parts of `held` on days that were changed on or after the day on which they were fetched.
    private func outdated(
        _ held: RangeSet,
        of series: Series,
        _ last: Timestamp?,
        _ days: [ChangedDay]
    ) async throws -> RangeSet {
        var result = RangeSet()
        for changed in days {
            guard let day = TimeRange(changed.day.start, changed.day.advanced(byDays: 1).start) else { continue }
            for part in held.intersection(day).ranges {
                // A part without a record has no fetch time; the last check stands for it. Before the first check
                // nobody knows when that was, and an empty part costs nothing unless it is empty no more.
                let fetched = try await self.core.store.marketStore.oldestFetch(of: series, in: part) ?? last
                if let fetched, CivilDate(containing: fetched) > changed.modified { continue }
                result.insert(part)
            }
        }
        return result
    }

    /// Buys the ranges anew and answers how many, or nil when that failed and is to be tried again.
    private func buy(_ ranges: RangeSet, of series: Series) async throws -> Int? {
        let origin = RequestOrigin(client: "tapedeck", requestID: "changed-days")
        for range in ranges.ranges {
            let part = range.expanded(to: series.timeframe)
            let reports = try await self.core.wait(for: series, part, mode: .refresh, origin: origin)
            for report in reports {
                if let error = report.databaseError { throw error }
                if report.hasFailed { return nil }
                guard !report.changes.revised.isEmpty || report.changes.removed > 0 else { continue }
                self.core.logger.notice(
                    "a changed day brought corrections",
                    metadata: [
                        "series": "\(series)", "range": "\(part)", "revised": "\(report.changes.revised.count)",
                        "removed": "\(report.changes.removed)",
                    ]
                )
            }
        }
        return ranges.ranges.count
    }
}
