import MarketData
import SQLDatabase

/// Bars that are kept as rows, and stretch by stretch as blocks once they are final and old enough.
///
/// All bars of a stretch are in one place. Whatever is written to a stretch decides anew where that is: a block where all
/// its bars are final and it is a block already or ended before `packedBefore`, else rows.
struct BarStorage: RecordStorage {
    let series: Series
    private(set) var row: SeriesRow
    /// Stretches that end by then may be packed; nil for none.
    let packedBefore: Timestamp?
    private(set) var damaged: [DamagedBlocks.Block] = []

    /// The rows of the stretches that may be packed.
    private var oldRows = FetchedBars()
    private var blocks: [TimeRange: FetchedBars] = [:]

    init(series: Series, row: SeriesRow, packedBefore: Timestamp?) {
        self.series = series
        self.row = row
        self.packedBefore = packedBefore
    }

    private var rows: RowStorage<Bar> { RowStorage(series: self.series, row: self.row) }

    mutating func read(_ range: TimeRange, in transaction: any SQLTransaction) throws -> [Bar] {
        let first = self.series.timeframe.stretch(of: range.start)
        var recent: TimeRange? = range
        if let old = self.packable(range, from: first) {
            self.oldRows = try FetchedBars(rowsOf: self.series, in: old, transaction)
            recent = TimeRange(max(range.start, old.end), range.end)
        }
        var bars = self.oldRows.part(in: range).bars
        if let recent { bars += try self.rows.read(recent, in: transaction) }
        guard let packedEnd = self.row.packedEnd, first.start < packedEnd,
            let startingIn = TimeRange(first.start, range.end)
        else { return bars }
        let blocks = try BlockTable.blocks(ofSeries: self.row.id, startingIn: startingIn, in: transaction)
        let (sound, damaged) = try blocks.contents(of: self.series)
        self.damaged = damaged
        for block in damaged { try BlockTable.delete(startingAt: block.start, ofSeries: self.row.id, in: transaction) }
        self.blocks = Dictionary(uniqueKeysWithValues: sound.map { ($0.stretch, $0.content) })
        var packed = sound.flatMap { $0.content.part(in: range).bars }
        packed.merge(bars)
        return packed
    }

    /// The stretches that `range` touches and that may be packed, as a whole.
    private func packable(_ range: TimeRange, from first: TimeRange) -> TimeRange? {
        guard let packedBefore = self.packedBefore, first.end <= packedBefore else { return nil }
        let timeframe = self.series.timeframe
        let last = timeframe.stretch(of: range.end.advancedSaturating(byNanoseconds: -1))
        return TimeRange(first.start, min(last.end, timeframe.stretch(of: packedBefore).start))
    }

    mutating func write(
        _ merge: RecordMerge<Bar>,
        fetchedAt: Timestamp,
        final: RangeSet,
        in transaction: any SQLTransaction
    ) throws {
        for stretch in merge.deleted { try self.rows.delete(stretch, in: transaction) }
        var unpacked: [Bar] = []
        var packed: [(stretch: TimeRange, content: FetchedBars)] = []
        for (stretch, written) in self.stretches(of: merge) {
            let block = self.blocks[stretch]
            guard block != nil || self.packedBefore.map({ stretch.end <= $0 }) ?? false else {
                unpacked += written
                continue
            }
            let rows = self.oldRows.part(in: stretch)
            let content = (block?.merged(with: rows) ?? rows).applying(merge, in: stretch, fetchedAt: fetchedAt)
            if !content.bars.isEmpty, FinalityMarker.areFinal(content.bars, by: final) {
                packed.append((stretch, content))
            } else if block != nil {
                try BlockTable.delete(startingAt: stretch.start, ofSeries: self.row.id, in: transaction)
                try content.writeRows(of: self.series, in: transaction)
            } else {
                unpacked += written
            }
        }
        try self.writeBlocks(packed, in: transaction)
        try self.rows.upsert(unpacked, fetchedAt: fetchedAt, in: transaction)
    }

    private mutating func writeBlocks(
        _ packed: [(stretch: TimeRange, content: FetchedBars)],
        in transaction: any SQLTransaction
    ) throws {
        guard !packed.isEmpty else { return }
        var encoder = try BlockEncoder()
        for (stretch, content) in packed {
            try BlockTable.put(content, stretch, of: self.series, id: self.row.id, with: &encoder, in: transaction)
            self.row.packedEnd = max(self.row.packedEnd ?? stretch.end, stretch.end)
            let hasRows = !self.oldRows.part(in: stretch).bars.isEmpty
            if hasRows { try self.rows.delete(stretch.closed, in: transaction) }
        }
    }

    /// The stretches that change, each with what is written to it: of those that only lose bars, the ones in blocks.
    private func stretches(of merge: RecordMerge<Bar>) -> [(stretch: TimeRange, written: ArraySlice<Bar>)] {
        var result: [(stretch: TimeRange, written: ArraySlice<Bar>)] = []
        var rest = merge.written[...]
        while let first = rest.first {
            let stretch = self.series.timeframe.stretch(of: first.timestamp)
            let written = rest[..<rest.partitionIndex { $0.timestamp >= stretch.end }]
            result.append((stretch, written))
            rest = rest[written.endIndex...]
        }
        let changed = Set(result.map(\.stretch))
        for stretch in self.blocks.keys where !changed.contains(stretch) {
            guard merge.deleted.contains(where: { $0.overlaps(stretch.closed) }) else { continue }
            result.append((stretch, []))
        }
        return result
    }
}
