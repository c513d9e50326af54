import MarketData

/// Marks records by whether their times lie in the final ranges of their series.
struct FinalityMarker {
    private var ranges: ArraySlice<TimeRange>

    /// The records, sorted by time, with their marks.
    static func marked<Record: SeriesRecord>(_ records: [Record], by final: RangeSet) -> [Record] {
        var result = records
        Self.mark(&result, by: final)
        return result
    }

    /// Marks records, sorted by time, in one pass over both.
    static func mark<Record: SeriesRecord>(_ records: inout [Record], by final: RangeSet) {
        records.withUnsafeMutableBufferPointer { self.mark($0, by: final) }
    }

    /// Marks records, sorted by time, in one pass over both.
    static func mark<Record: SeriesRecord>(_ records: UnsafeMutableBufferPointer<Record>, by final: RangeSet) {
        var marker = FinalityMarker(ranges: final.ranges[...])
        for index in records.indices {
            records[index] = records[index].marked(isFinal: marker.isFinal(records[index].timestamp))
        }
    }

    /// Whether all records, sorted by time, lie in the final ranges.
    static func areFinal<Record: SeriesRecord>(_ records: [Record], by final: RangeSet) -> Bool {
        var marker = FinalityMarker(ranges: final.ranges[...])
        return records.allSatisfy { marker.isFinal($0.timestamp) }
    }

    /// Times must come in order.
    private mutating func isFinal(_ timestamp: Timestamp) -> Bool {
        while let first = self.ranges.first, first.end <= timestamp {
            self.ranges.removeFirst()
        }
        return self.ranges.first?.contains(timestamp) ?? false
    }
}
