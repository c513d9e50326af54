internal import MarketData

/// Decides which ranges are bought.
enum PurchasePlan {
    /// The ranges of `asked` that are to be bought, oldest first, when `fresh` of them is known and need not be.
    ///
    /// A gap right behind a provisional stretch takes that along: its last bar was forming when it was fetched, so it
    /// would have to be bought a moment later anyway. Nothing final is ever among the ranges.
    static func missing(in asked: TimeRange, fresh: RangeSet, coverage: Coverage) -> RangeSet {
        let gaps = fresh.gaps(in: asked)
        var result = gaps
        for gap in gaps.ranges {
            var start = gap.start
            for stretch in coverage.provisional.reversed() where stretch.range.start < start {
                guard stretch.range.end >= start else { break }
                start = max(stretch.range.start, asked.start)
            }
            if let along = TimeRange(start, gap.start) { result.insert(along) }
        }
        return result
    }
}
