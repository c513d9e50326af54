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
    /// What buying for this read changed.
    var changes = StoredChanges()
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
