internal import MarketData

/// What a read of one stored series found.
struct SeriesRead<Record: Sendable>: Sendable {
    /// The range asked for, on the grid.
    var range: TimeRange
    /// The records, oldest first, also of stretches that have expired.
    var records: [Record]
    /// What of `range` the records fill completely.
    var complete: RangeSet
    /// What of `range` is complete for good.
    var final: RangeSet
    /// What of `range` is not known, or known only as it was before it expired.
    var missing: [MissingRange] = []
    /// Whether something expired is among the records.
    var isStale = false
    /// When the oldest provisional part was fetched, by the process's elapsed clock, or `HeldStretch.neverExpires`.
    var oldestTick = HeldStretch.neverExpires
    var tier: Tier
    /// What the provider has, if it was asked lately.
    var horizon: Horizon?
    /// What was bought for this read.
    var bought = RangeSet()
    /// Whether all of that was bought by fetches that other reads had begun.
    var isJoined = false
    /// What that changed.
    var changes = StoredChanges()

    /// Notes what was bought for this read.
    mutating func noteBought(_ reports: [FlightReport]) {
        self.bought = reports.reduce(self.bought) { $0.union($1.bought) }
        self.isJoined = reports.isJoined
        for report in reports { self.changes.add(report.changes) }
    }
}

extension SeriesRead where Record == Bar {
    /// The read that memory answered.
    init(_ read: MemoryRead, asked: TimeRange, tier: Tier) {
        let complete = read.range.map { RangeSet($0) } ?? RangeSet()
        let final = read.range.flatMap { TimeRange($0.start, min($0.end, read.firstProvisional)) }
        self.init(
            range: asked,
            records: read.bars,
            complete: complete,
            final: final.map { RangeSet($0) } ?? RangeSet(),
            missing: MissingRanges.beyondHorizon(asked, known: read.range, horizon: read.horizon),
            oldestTick: read.oldestTick,
            tier: tier,
            horizon: read.horizon
        )
    }
}
