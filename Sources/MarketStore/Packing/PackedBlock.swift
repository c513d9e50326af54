import MarketData
import SQLDatabase

/// A row of `bars_packed`.
struct PackedBlock: Sendable {
    static var columns: String { "range_start, bar_count, bars" }

    let start: Timestamp
    let barCount: Int
    let bytes: [UInt8]

    /// Reads a row of `columns`.
    init(row: any SQLRow) throws {
        self.start = Timestamp(nanoseconds: try row.integer(0))
        self.barCount = Int(clamping: try row.integer(1))
        self.bytes = try row.blob(2)
    }
}

extension PackedBlock {
    /// The stretch whose bars are in it; throws `BlockDecoder.Defect` when it does not begin where the row says, or has not
    /// so many periods.
    fileprivate func stretch(of series: Series) throws(BlockDecoder.Defect) -> TimeRange {
        let stretch = series.timeframe.stretch(of: self.start)
        guard stretch.start == self.start else {
            throw BlockDecoder.Defect(description: "it begins at \(self.start), where no stretch begins")
        }
        guard (1...series.timeframe.stretchPeriods).contains(self.barCount) else {
            throw BlockDecoder.Defect(
                description:
                    "its row says that it has \(self.barCount) bars, not 1 to \(series.timeframe.stretchPeriods)"
            )
        }
        return stretch
    }

    fileprivate func damage(_ defect: BlockDecoder.Defect, of series: Series) -> DamagedBlocks.Block {
        DamagedBlocks.Block(
            stretch: series.timeframe.stretch(of: self.start),
            start: self.start,
            reason: defect.description
        )
    }
}

extension [PackedBlock] {
    /// The bars of all blocks of a series, in the blocks' order, marked by what is final; throws `DamagedBlocks`.
    ///
    /// There is room for `spare` more behind them.
    func bars(of series: Series, final: RangeSet, spare: Int, with decoders: BlockDecoders) throws -> [Bar] {
        var damaged: [DamagedBlocks.Block] = []
        let most = series.timeframe.stretchPeriods
        let total = self.reduce(0) { $0 + Swift.min(Swift.max($1.barCount, 0), most) }
        let bars = try decoders.lend { decoder in
            try [Bar](unsafeUninitializedCapacity: total + spare) { buffer, count in
                for block in self {
                    do {
                        let stretch = try block.stretch(of: series)
                        let target = UnsafeMutableBufferPointer(rebasing: buffer[count..<count + block.barCount])
                        let isFinal = final.contains(stretch)
                        try decoder.decode(block.bytes, of: series, in: stretch, isFinal: isFinal, into: target)
                        if !isFinal { FinalityMarker.mark(target, by: final) }
                        count += block.barCount
                    } catch let defect as BlockDecoder.Defect {
                        damaged.append(block.damage(defect, of: series))
                    }
                }
            }
        }
        guard damaged.isEmpty else {
            throw DamagedBlocks(series: series, blocks: damaged.sorted { $0.stretch.start < $1.stretch.start })
        }
        return bars
    }

    /// What each block of a series holds, with its stretch, and the blocks that cannot be read.
    func contents(
        of series: Series
    ) throws -> (sound: [(stretch: TimeRange, content: FetchedBars)], damaged: [DamagedBlocks.Block]) {
        var sound: [(stretch: TimeRange, content: FetchedBars)] = []
        var damaged: [DamagedBlocks.Block] = []
        guard !self.isEmpty else { return (sound, damaged) }
        var decoder = try BlockDecoder()
        for block in self {
            do {
                let stretch = try block.stretch(of: series)
                let content = try decoder.content(block.bytes, of: series, in: stretch, barCount: block.barCount)
                sound.append((stretch, content))
            } catch let defect as BlockDecoder.Defect {
                damaged.append(block.damage(defect, of: series))
            }
        }
        return (sound, damaged)
    }
}
