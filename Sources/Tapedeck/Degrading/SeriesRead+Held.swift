internal import MarketData

extension SeriesRead where Record == Bar {
    /// The read that memory answers with what may have expired; `asked` begins where it does.
    ///
    /// `now` is the time of day, `tick` the process's elapsed clock.
    init(held: HeldRead, asked: TimeRange, timeframe: Timeframe, now: Timestamp, tick: Int64) {
        let expired = RangeSet(held.range).subtracting(held.fresh)
        let final = TimeRange(held.range.start, min(held.range.end, held.read.firstProvisional))
        let (horizon, since) = (held.read.horizon, max(held.range.end, timeframe.ceiling(now)))
        var missing = expired.ranges.map(MissingRange.init(renewed:))
        if let horizon, tick >= horizon.nextPeriodTick {
            let known = MissingRanges.beyondHorizon(asked, known: held.range, horizon: horizon)
            missing += known.filter { $0.reason == .beforeProviderStart }
            missing += [TimeRange(held.range.end, min(asked.end, since)).map(MissingRange.init(begunSince:))]
                .compactMap { $0 }
            missing += [TimeRange(max(held.range.end, since), asked.end).map(MissingRange.init(notBegun:))]
                .compactMap { $0 }
        } else {
            missing += MissingRanges.beyondHorizon(asked, known: held.range, horizon: horizon)
        }
        self.init(
            range: asked,
            records: held.read.bars,
            complete: RangeSet(held.range),
            final: final.map { RangeSet($0) } ?? RangeSet(),
            missing: missing.sorted { $0.range.start < $1.range.start },
            isStale: missing.contains { $0.reason == .pending },
            oldestTick: held.read.oldestTick,
            tier: .memory,
            horizon: horizon
        )
    }
}

extension MissingRange {
    /// A part that has expired and is answered as it was.
    init(renewed range: TimeRange) {
        self.init(range: range, reason: .pending, detail: "this has expired and is being bought again")
    }

    /// A part that has come since the rest was bought.
    init(begunSince range: TimeRange) {
        self.init(range: range, reason: .pending, detail: "this may have come since and is being bought; ask again")
    }

    /// A part that lies in the future.
    init(notBegun range: TimeRange) {
        self.init(range: range, reason: .notAvailableYet, detail: "this has not begun yet")
    }
}
