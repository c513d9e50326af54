import MarketData

/// Marks records by whether their times lie in the final ranges of their series.
struct FinalityMarker {
    private var ranges: ArraySlice<TimeRange>

    /// Marks `records`, sorted by time, in one pass over both.
    static func marked<Record: SeriesRecord>(_ records: [Record], by final: RangeSet) -> [Record] {
        var marker = FinalityMarker(ranges: final.ranges[...])
        return records.map { $0.marked(isFinal: marker.isFinal($0.timestamp)) }
    }

    /// Times must come in order.
    private mutating func isFinal(_ timestamp: Timestamp) -> Bool {
        while let first = self.ranges.first, first.end <= timestamp {
            self.ranges.removeFirst()
        }
        return self.ranges.first?.contains(timestamp) ?? false
    }
}
