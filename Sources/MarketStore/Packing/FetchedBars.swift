package import MarketData

/// Bars of one series, sorted by time, with the time at which each was last fetched: what a block holds.
///
/// Whether a bar is final is not among it: that follows from the series' coverage, and the mark is false here.
package struct FetchedBars: Hashable, Sendable {
    /// The bars, oldest first.
    package var bars: [Bar]
    /// As many times, of the bars in their order.
    package var fetchedAt: [Timestamp]

    /// Creates a content of as many bars as times.
    package init(bars: [Bar] = [], fetchedAt: [Timestamp] = []) {
        precondition(bars.count == fetchedAt.count, "Each bar has its fetch time.")
        self.bars = bars
        self.fetchedAt = fetchedAt
    }

    /// Adds a bar behind the others.
    package mutating func append(_ bar: Bar, fetchedAt: Timestamp) {
        self.bars.append(bar)
        self.fetchedAt.append(fetchedAt)
    }
}
