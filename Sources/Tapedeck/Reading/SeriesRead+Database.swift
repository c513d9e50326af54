internal import MarketData
internal import MarketStore

extension SeriesRead where Record: Hashable {
    /// The read that the database answered.
    ///
    /// `tick` was taken before it was asked.
    init(
        _ slice: SeriesSlice<Record>,
        of series: Series,
        _ range: TimeRange,
        _ reports: [FlightReport],
        _ tier: Tier,
        _ tick: Int64,
        core: CacheCore,
        _ timestamp: (Record) -> Timestamp
    ) {
        let known = slice.coverage.intersection(range)
        let complete = known.all
        let gaps = core.fresh(known, of: series, databaseNow: slice.databaseNow).gaps(in: range)
        // The database may hold records outside what is known, such as the newest quote of its time.
        let records =
            complete.contains(range)
            ? slice.records : slice.records.filter { complete.contains(timestamp($0)) }
        let horizon =
            reports.reversed().lazy.compactMap(\.horizon).first ?? core.memory.freshHorizon(series, tick: tick)
        let age = known.provisional.map { $0.age(at: slice.databaseNow) }.max()
        self.init(
            range: range,
            records: records,
            complete: complete,
            final: known.final,
            missing: MissingRanges.explain(gaps, horizon: horizon, reports: reports),
            isStale: !complete.intersection(gaps).isEmpty,
            oldestTick: age.map { tick.subtractingSaturating($0) } ?? HeldStretch.neverExpires,
            tier: tier,
            horizon: horizon
        )
    }

    /// Adds what a refresh could not buy although it is known.
    mutating func addFailures(of reports: [FlightReport]) {
        for failure in reports.flatMap(\.failures) {
            let known = failure.ranges.intersection(self.range)
                .subtracting(RangeSet(self.missing.lazy.map(\.range)))
            self.missing += known.ranges.map {
                MissingRange(range: $0, reason: failure.error.missingReason, detail: failure.error.message)
            }
            if !known.isEmpty { self.isStale = true }
        }
        self.missing.sort { $0.range.start < $1.range.start }
    }
}
