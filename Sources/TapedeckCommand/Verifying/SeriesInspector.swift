import MarketData
import MarketStore
import Tapedeck

/// Looks a stored series through: its coverage, its bars, and the ledger of its purchases.
struct SeriesInspector: Sendable {
    /// Bars read at a time.
    private static let pageBarsMax = 5_000
    /// Purchases looked at, the newest.
    private static let purchasesMax = LedgerQuery.limitMax

    let store: MarketStore
    let cache: MarketDataCache
    /// Stretches of empty periods kept to be shown.
    let stretchesMax: Int

    /// Looks a series through, within `asked` or from its first to its last known instant.
    ///
    /// Throws what the database throws; a coverage that cannot be read is among the report's errors.
    func inspect(_ series: Series, in asked: TimeRange?) async throws -> SeriesReport {
        var report = SeriesReport(series: series, empty: EmptyPeriods(stretchesMax: self.stretchesMax))
        let known: (version: Int64, coverage: Coverage, databaseNow: Timestamp)
        do {
            known = try await self.store.coverage(of: series)
        } catch let error as StoreError where error.code == .corruptRow {
            report.errors.append(error.message)
            return report
        }
        let range = asked?.expanded(to: series.timeframe) ?? known.coverage.all.bounds
        report.range = range
        report.errors += try await self.watermarkErrors(known.coverage, of: series, databaseNow: known.databaseNow)
        let explanation = GapExplanation(
            timeframe: series.timeframe,
            calendar: self.calendar(of: series)
        )
        // Past quotes are bought here and there and go after a while: what lies between is no gap.
        if let range, series.kind == .bars {
            let all = known.coverage.all
            report.gaps = explanation.gaps(in: range, known: all, failures: try await self.failures(of: series))
            report.purchases = explanation.purchases(for: report.gaps, known: all, in: range)
        }
        if series.kind == .bars { try await self.readBars(explanation, asked: asked, into: &report) }
        // Once they are given up these are gaps as well.
        let damaged = RangeSet(report.damagedBlocks.map(\.stretch)).intersection(known.coverage.all)
        report.purchases += range.map { damaged.intersection($0).ranges } ?? []
        return report
    }

    /// When the series' market trades, nil when that is not known.
    private func calendar(of series: Series) -> TradingCalendar? {
        // The simulated market keeps these hours too, but has its users ask at all times.
        series.provider.name == "simulated" ? .cmeGlobex : self.cache.calendar(of: series)
    }

    /// Final data cannot lie behind what the provider has, nor in the future.
    private func watermarkErrors(
        _ coverage: Coverage,
        of series: Series,
        databaseNow: Timestamp
    ) async throws -> [String] {
        guard let end = coverage.final.bounds?.end else { return [] }
        if end > databaseNow { return ["final until \(end), which is behind the database's clock (\(databaseNow))"] }
        // A provider that cannot be asked now says nothing against the data.
        guard let available = try? await self.cache.availability(of: series), end > available.end else { return [] }
        return ["final until \(end), while the provider's data end at \(available.end)"]
    }

    /// The purchases of the series that failed or never ended, the newest first.
    private func failures(of series: Series) async throws -> [Purchase] {
        let query = LedgerQuery(provider: series.provider, symbol: series.symbol, limit: Self.purchasesMax)
        return try await self.store.ledger(query).filter { purchase in
            purchase.state != .done && purchase.request.timeframe == series.timeframe
                && purchase.request.kind.rawValue == series.kind.rawValue
        }
    }

    /// Reads all bars, page by page: each page with the coverage of its moment, as workers may be writing.
    ///
    /// Stretches whose block cannot be read are left out, and told where they touch what was `asked`.
    private func readBars(
        _ explanation: GapExplanation,
        asked: TimeRange?,
        into report: inout SeriesReport
    ) async throws {
        let series = report.series
        var checks = BarChecks()
        var count = 0
        var rest = TimeRange(.earliest, .latest).map { RangeSet($0) } ?? RangeSet()
        while let range = rest.ranges.first {
            try Task.checkCancellation()
            let slice: SeriesSlice<Bar>
            do {
                slice = try await self.store.bars(series, in: range, limit: Self.pageBarsMax)
            } catch let damaged as DamagedBlocks {
                report.damagedBlocks += damaged.blocks.filter { asked?.overlaps($0.stretch) ?? true }
                for block in damaged.blocks { rest.remove(block.stretch) }
                continue
            }
            let times = slice.records.map(\.timestamp)
            let isLast = slice.records.count < Self.pageBarsMax
            let next = times.last.map { series.timeframe.end(ofPeriodStarting: series.timeframe.floor($0)) }
            let end = isLast ? range.end : next ?? range.end
            let known = slice.coverage.all
            checks.check(slice.records, timeframe: series.timeframe, known: known)
            if let asked = report.range, let part = TimeRange(range.start, end)?.intersection(asked) {
                count += times.count { part.contains($0) }
                let open = explanation.openPeriods(in: part).intersection(known)
                report.empty.add(open, bars: times, timeframe: series.timeframe)
            }
            TimeRange(range.start, end).map { rest.remove($0) }
        }
        report.barCount = count
        report.errors += report.damagedBlocks.map { "the packed block \($0.stretch) cannot be read: \($0.reason)" }
        report.errors += checks.texts
    }
}
