import MarketData

/// Collects the periods that were asked for while the exchange was open, and have no bar.
struct EmptyPeriods: Sendable {
    /// Stretches kept to be shown; the longest stay.
    let stretchesMax: Int
    /// How many periods there are.
    private(set) var count = 0
    /// How many stretches they form.
    private(set) var stretchCount = 0
    /// The longest stretches, the longest first.
    private(set) var longest: [TimeRange] = []

    init(stretchesMax: Int) {
        self.stretchesMax = stretchesMax
    }

    /// Adds what of `asked` has no bar; `bars` are the times of those that there are.
    mutating func add(_ asked: RangeSet, bars: [Timestamp], timeframe: Timeframe) {
        let present = RangeSet(bars.lazy.compactMap { TimeRange($0, timeframe.end(ofPeriodStarting: $0)) })
        for stretch in asked.subtracting(present).ranges {
            self.count += Int(stretch.nanoseconds / timeframe.nanoseconds)
            self.stretchCount += 1
            let index = self.longest.firstIndex { $0.nanoseconds < stretch.nanoseconds } ?? self.longest.count
            guard index < self.stretchesMax else { continue }
            self.longest.insert(stretch, at: index)
            if self.longest.count > self.stretchesMax { self.longest.removeLast() }
        }
    }
}
