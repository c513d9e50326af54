public import MarketData

/// The bars of several providers merged by priority: for one instant the provider that comes first in the list wins.
public struct MergedBars: Hashable, Sendable {
    /// One bar and whose it is.
    public struct Entry: Hashable, Sendable {
        /// The bar.
        public let bar: Bar
        /// Where it was bought.
        public let provider: ProviderID
    }

    /// The bars, oldest first, one for each instant.
    public let entries: [Entry]
    /// Each provider's own slice, in the order of priority.
    public let slices: [SeriesSlice<Bar>]

    /// Merges slices that are given in the order of priority, and keeps at most `limit` entries from the start on.
    init(_ slices: [(provider: ProviderID, slice: SeriesSlice<Bar>)], limit: Int?) {
        var indices = [Int](repeating: 0, count: slices.count)
        var entries: [Entry] = []
        while limit.map({ entries.count < $0 }) ?? true {
            var winner: (source: Int, timestamp: Timestamp)?
            for (source, index) in indices.enumerated() where index < slices[source].slice.records.count {
                let timestamp = slices[source].slice.records[index].timestamp
                if winner.map({ timestamp < $0.timestamp }) ?? true { winner = (source, timestamp) }
            }
            guard let winner else { break }
            let bar = slices[winner.source].slice.records[indices[winner.source]]
            entries.append(Entry(bar: bar, provider: slices[winner.source].provider))
            for (source, index) in indices.enumerated() where index < slices[source].slice.records.count {
                if slices[source].slice.records[index].timestamp == winner.timestamp { indices[source] += 1 }
            }
        }
        self.entries = entries
        self.slices = slices.map(\.slice)
    }
}
