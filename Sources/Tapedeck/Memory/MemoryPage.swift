internal import MarketData

/// The bars of 64 periods of a series in one array, with what of those periods is known.
struct MemoryPage {
    /// Periods in a page.
    static var periods: Int64 { 64 }

    /// The page's place: it begins at `index` × 64 periods since the epoch.
    let index: Int64
    /// The page's periods.
    let range: TimeRange
    let counter = AccessCounter()
    /// Sorted by time; each lies in a stretch.
    private(set) var bars: [Bar] = []
    /// Sorted and disjoint, each within `range`.
    private(set) var stretches: [HeldStretch] = []

    init(index: Int64, timeframe: Timeframe) {
        let length = Self.length(timeframe)
        let start = Timestamp(nanoseconds: index * length)
        guard let range = TimeRange(start, start.advancedSaturating(byNanoseconds: length)) else {
            preconditionFailure("Requests are refused long before a page would leave Int64.")
        }
        self.index = index
        self.range = range
    }

    /// The length of a page in nanoseconds.
    static func length(_ timeframe: Timeframe) -> Int64 {
        timeframe.nanoseconds * Self.periods
    }

    /// The place of the page that holds `timestamp`.
    static func index(of timestamp: Timestamp, timeframe: Timeframe) -> Int64 {
        timestamp.nanoseconds.flooredQuotientAndRemainder(dividingBy: Self.length(timeframe)).quotient
    }

    /// What the page costs of the budget: its bars, and 1 when it is empty.
    var cost: Int { max(1, self.bars.count) }

    /// The bytes that the page takes: itself, its counter and its arrays as they are allocated.
    var byteCount: Int {
        let object = 32
        let bars = self.bars.capacity == 0 ? 0 : object + self.bars.capacity * MemoryLayout<Bar>.stride
        let stretches =
            self.stretches.capacity == 0 ? 0 : object + self.stretches.capacity * MemoryLayout<HeldStretch>.stride
        return MemoryLayout<MemoryPage>.stride + object + bars + stretches
    }

    /// The index of the first bar at or after `timestamp`.
    func lowerBound(_ timestamp: Timestamp) -> Int {
        var (low, high) = (0, self.bars.count)
        while low < high {
            let middle = (low + high) / 2
            if self.bars[middle].timestamp < timestamp { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The end of the stretch from `start` on that is known without a gap and satisfies `isUsable`; `start` if there
    /// is none.
    ///
    /// Adds what is passed to `provisional`.
    func knownEnd(
        from start: Timestamp,
        to limit: Timestamp,
        provisional: inout ProvisionalSummary,
        where isUsable: (HeldStretch) -> Bool
    ) -> Timestamp {
        var end = start
        for stretch in self.stretches where stretch.range.end > end {
            guard stretch.range.start <= end, end < limit, isUsable(stretch) else { break }
            end = stretch.range.end
            provisional.add(stretch)
        }
        return min(end, limit)
    }

    /// The start of the stretch up to `end` that is known without a gap and satisfies `isUsable`; `end` if there is none.
    func knownStart(before end: Timestamp, where isUsable: (HeldStretch) -> Bool) -> Timestamp {
        var start = end
        for stretch in self.stretches.reversed() where stretch.range.start < start {
            guard stretch.range.end >= start, isUsable(stretch) else { break }
            start = stretch.range.start
        }
        return start
    }

    /// Adds the stretches that overlap `range` to `provisional`.
    func summarise(_ range: TimeRange, into provisional: inout ProvisionalSummary) {
        for stretch in self.stretches where stretch.range.overlaps(range) { provisional.add(stretch) }
    }

    /// Puts `stretches` and `bars`, all within `replaced`, in the place of what the page holds of `replaced`.
    ///
    /// Bars outside the stretches are dropped.
    mutating func replace(_ replaced: TimeRange, stretches: [HeldStretch], bars: ArraySlice<Bar>) {
        precondition(self.range.contains(replaced))
        var kept: [HeldStretch] = []
        for held in self.stretches {
            if let before = TimeRange(held.range.start, min(held.range.end, replaced.start)) {
                kept.append(HeldStretch(range: before, fetchedTick: held.fetchedTick))
            }
            if let after = TimeRange(max(held.range.start, replaced.end), held.range.end) {
                kept.append(HeldStretch(range: after, fetchedTick: held.fetchedTick))
            }
        }
        kept += stretches
        kept.sort { $0.range.start < $1.range.start }
        self.stretches = Self.joined(kept)

        let (low, high) = (self.lowerBound(replaced.start), self.lowerBound(replaced.end))
        if stretches.count == 1, stretches[0].range == replaced {
            self.bars.replaceSubrange(low..<high, with: bars)
        } else {
            let covered = bars.filter { bar in stretches.contains { $0.range.contains(bar.timestamp) } }
            self.bars.replaceSubrange(low..<high, with: covered)
        }
    }

    /// Forgets what expired before `tick`, and the bars in it.
    mutating func dropExpired(at tick: Int64, lifetime: Int64) {
        for stretch in self.stretches where !stretch.isFresh(at: tick, lifetime: lifetime) {
            self.replace(stretch.range, stretches: [], bars: [])
        }
    }

    /// Joins stretches that touch and were fetched together.
    private static func joined(_ sorted: [HeldStretch]) -> [HeldStretch] {
        var result: [HeldStretch] = []
        for stretch in sorted {
            if let last = result.last, last.range.end == stretch.range.start, last.fetchedTick == stretch.fetchedTick,
                let range = TimeRange(last.range.start, stretch.range.end)
            {
                result[result.count - 1].range = range
            } else {
                result.append(stretch)
            }
        }
        return result
    }

    /// Traps when the page's parts do not fit each other.
    func checkInvariants() {
        precondition(!self.stretches.isEmpty, "A page that knows nothing is not kept.")
        precondition(self.stretches.allSatisfy { self.range.contains($0.range) })
        precondition(zip(self.stretches, self.stretches.dropFirst()).allSatisfy { $0.range.end <= $1.range.start })
        precondition(zip(self.bars, self.bars.dropFirst()).allSatisfy { $0.timestamp < $1.timestamp })
        precondition(
            self.bars.allSatisfy { bar in self.stretches.contains { $0.range.contains(bar.timestamp) } },
            "Every bar lies in a known stretch."
        )
    }
}
