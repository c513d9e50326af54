/// Builds bars of a longer timeframe from those of a shorter one.
///
/// Periods lie on the UTC grid. A bar is built only where the shorter bars are known completely, so that a missing
/// stretch never passes for a quiet one; a period without a shorter bar has no bar.
public enum BarAggregation {
    /// Builds the bars of `timeframe` from `bars`, which are of `source`, oldest first, and may reach beyond `complete`.
    ///
    /// A period has a bar when it holds at least one of `bars` and lies wholly in `complete`; the bar is final when the
    /// period also lies wholly in `final`. One period may be unfinished: the one that holds `availableEnd`, the end of
    /// what the provider has now. It has a bar, not final, of what is known when `complete` reaches from the period's
    /// start to `availableEnd`. Without an `availableEnd` the end of `complete` stands for it, where that is not final:
    /// there the provider's data ended when they were fetched. Behind what is final there may be more.
    ///
    /// The revision is one more than the number of revisions of the bars that went in, so that a correction of any of
    /// them raises it.
    ///
    /// Throws `indivisibleTimeframe` when periods of `timeframe` are not made of whole, shorter periods of `source`, and
    /// `malformedBars` when a bar is off the grid, out of order, or not finite (also when the volumes' sum is not).
    public static func aggregate(
        _ bars: some Collection<Bar>,
        from source: Timeframe,
        to timeframe: Timeframe,
        complete: RangeSet,
        final: RangeSet,
        availableEnd: Timestamp? = nil
    ) throws(MarketDataError) -> [Bar] {
        guard timeframe.isDivisible(by: source) else {
            throw MarketDataError(
                .indivisibleTimeframe,
                "bars of \(timeframe) cannot be built from bars of \(source): use a shorter timeframe that divides it"
            )
        }
        guard let knownEnd = complete.bounds?.end else { return [] }
        let isKnownEndFinal = final.contains(knownEnd.advancedSaturating(byNanoseconds: -1))
        let openEnd = availableEnd ?? (isKnownEndFinal ? nil : knownEnd)
        let knowledge = PeriodKnowledge(timeframe: timeframe, complete: complete, final: final, openEnd: openEnd)
        // Reading storage that lies in one piece avoids a call through the collection's witness for each bar.
        let inOnePiece = bars.withContiguousStorageIfAvailable { storage in
            Result { () throws(MarketDataError) in try self.build(storage, of: source, knowledge) }
        }
        if let inOnePiece { return try inOnePiece.get() }
        return try Array(bars).withUnsafeBufferPointer { storage in
            Result { () throws(MarketDataError) in try self.build(storage, of: source, knowledge) }
        }.get()
    }

    private static func build(
        _ bars: UnsafeBufferPointer<Bar>,
        of source: Timeframe,
        _ knowledge: PeriodKnowledge
    ) throws(MarketDataError) -> [Bar] {
        var result: [Bar] = []
        var period: OpenPeriod?
        var previous: Timestamp?
        for bar in bars {
            try self.check(bar, of: source, after: previous)
            previous = bar.timestamp
            if let current = period, current.range.contains(bar.timestamp) {
                try period?.add(bar)
            } else {
                if let built = period?.bar { result.append(built) }
                period = try knowledge.period(holding: bar.timestamp).map { (period) throws(MarketDataError) in
                    var period = period
                    try period.add(bar)
                    return period
                }
            }
        }
        if let built = period?.bar { result.append(built) }
        return result
    }

    private static func check(_ bar: Bar, of source: Timeframe, after previous: Timestamp?) throws(MarketDataError) {
        guard source.floor(bar.timestamp) == bar.timestamp else {
            throw MarketDataError(.malformedBars, "the bar at \(bar.timestamp) does not begin a period of \(source)")
        }
        if let previous, bar.timestamp <= previous {
            throw MarketDataError(.malformedBars, "the bar at \(bar.timestamp) does not follow that at \(previous)")
        }
        guard bar.open.isFinite, bar.high.isFinite, bar.low.isFinite, bar.close.isFinite, bar.volume.isFinite else {
            throw MarketDataError(
                .malformedBars,
                "the bar at \(bar.timestamp) has a price or volume that is not finite"
            )
        }
    }
}

/// What is known of each period of the longer timeframe.
private struct PeriodKnowledge {
    let timeframe: Timeframe
    let complete: RangeSet
    let final: RangeSet
    /// The period that holds this instant may be unfinished; nil when none may.
    let openEnd: Timestamp?

    /// The period that holds `timestamp`, or nil when too little is known of it.
    func period(holding timestamp: Timestamp) -> OpenPeriod? {
        let start = self.timeframe.floor(timestamp)
        guard let range = TimeRange(start, self.timeframe.end(ofPeriodStarting: start)),
            let known = self.complete.rangeContaining(start)
        else { return nil }
        if range.end <= known.end {
            return OpenPeriod(range: range, knownEnd: range.end, isFinal: self.final.contains(range))
        }
        guard let openEnd = self.openEnd, range.contains(openEnd), openEnd <= known.end else { return nil }
        return OpenPeriod(range: range, knownEnd: known.end, isFinal: false)
    }
}

/// A period that is being built.
private struct OpenPeriod {
    let range: TimeRange
    /// Bars at or behind this are not known completely and stay out.
    let knownEnd: Timestamp
    let isFinal: Bool
    private(set) var bar: Bar?

    init(range: TimeRange, knownEnd: Timestamp, isFinal: Bool) {
        self.range = range
        self.knownEnd = knownEnd
        self.isFinal = isFinal
    }

    mutating func add(_ next: Bar) throws(MarketDataError) {
        guard next.timestamp < self.knownEnd else { return }
        guard var bar = self.bar else {
            self.bar = next
            self.bar?.timestamp = self.range.start
            self.bar?.isFinal = self.isFinal
            self.bar?.revision = max(1, next.revision)
            return
        }
        bar.high = max(bar.high, next.high)
        bar.low = min(bar.low, next.low)
        bar.close = next.close
        bar.volume += next.volume
        guard bar.volume.isFinite else {
            throw MarketDataError(.malformedBars, "the volume of the period at \(self.range.start) is not finite")
        }
        let (revision, overflow) = bar.revision.addingReportingOverflow(max(1, next.revision) - 1)
        bar.revision = overflow ? .max : revision
        self.bar = bar
    }
}
