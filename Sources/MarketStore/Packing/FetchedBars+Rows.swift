import MarketData
import SQLDatabase

extension FetchedBars {
    /// The rows of a series in a range, sorted.
    init(rowsOf series: Series, in range: TimeRange, _ transaction: any SQLTransaction) throws {
        let condition = Bar.condition(for: series)
        self.init()
        _ = try transaction.query(
            """
            SELECT fetched_at, \(Bar.columns) FROM bars_cache
            WHERE \(condition.sql) AND timestamp >= $4 AND timestamp < $5 ORDER BY timestamp
            """,
            condition.parameters + [.integer(range.start.nanoseconds), .integer(range.end.nanoseconds)]
        ) { row in
            self.append(try Bar(row: row, at: 1), fetchedAt: Timestamp(nanoseconds: try row.integer(0)))
        }
    }

    /// The part in a range.
    func part(in range: TimeRange) -> FetchedBars {
        let start = self.bars.partitionIndex { $0.timestamp >= range.start }
        let end = self.bars.partitionIndex { $0.timestamp >= range.end }
        return FetchedBars(bars: Array(self.bars[start..<end]), fetchedAt: Array(self.fetchedAt[start..<end]))
    }

    /// What becomes of it by a merge, of which only the part in `range` is looked at.
    func applying(_ merge: RecordMerge<Bar>, in range: TimeRange, fetchedAt: Timestamp) -> FetchedBars {
        let start = merge.written.partitionIndex { $0.timestamp >= range.start }
        let end = merge.written.partitionIndex { $0.timestamp >= range.end }
        var written = merge.written[start..<end]
        var deleted = merge.deleted.drop { $0.upperBound < range.start }
        var result = FetchedBars()
        result.bars.reserveCapacity(self.bars.count + written.count)
        result.fetchedAt.reserveCapacity(self.bars.count + written.count)
        for (bar, time) in zip(self.bars, self.fetchedAt) {
            while let first = written.first, first.timestamp < bar.timestamp {
                result.append(first.marked(isFinal: false), fetchedAt: fetchedAt)
                written.removeFirst()
            }
            if let first = written.first, first.timestamp == bar.timestamp { continue }
            deleted = deleted.drop { $0.upperBound < bar.timestamp }
            if let first = deleted.first, first.contains(bar.timestamp) { continue }
            result.append(bar, fetchedAt: time)
        }
        for rest in written { result.append(rest.marked(isFinal: false), fetchedAt: fetchedAt) }
        return result
    }

    /// The bars of both; of two of one time the one with the higher revision, and between equals the other's.
    func merged(with other: FetchedBars) -> FetchedBars {
        guard !other.bars.isEmpty else { return self }
        var result = FetchedBars()
        var index = 0
        for (bar, time) in zip(self.bars, self.fetchedAt) {
            while index < other.bars.count, other.bars[index].timestamp < bar.timestamp {
                result.append(other.bars[index], fetchedAt: other.fetchedAt[index])
                index += 1
            }
            if index < other.bars.count, other.bars[index].timestamp == bar.timestamp {
                if other.bars[index].revision >= bar.revision { continue }
                index += 1
            }
            result.append(bar, fetchedAt: time)
        }
        for rest in index..<other.bars.count { result.append(other.bars[rest], fetchedAt: other.fetchedAt[rest]) }
        return result
    }

    /// Writes the bars as rows.
    func writeRows(of series: Series, in transaction: any SQLTransaction) throws {
        let times = self.fetchedAt.map(\.nanoseconds)
        try transaction.upsert(Bar.upsert(self.bars, series: series, fetchedAt: .integers(times)))
    }
}

extension RandomAccessCollection {
    /// Where the elements begin for which `belongsInSecond` holds; before them it does not.
    func partitionIndex(where belongsInSecond: (Element) -> Bool) -> Index {
        var low = self.startIndex
        var count = self.count
        while count > 0 {
            let half = count / 2
            let middle = self.index(low, offsetBy: half)
            if belongsInSecond(self[middle]) {
                count = half
            } else {
                low = self.index(after: middle)
                count -= half + 1
            }
        }
        return low
    }
}
