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
        // One that is out of bounds is as good as none: the decoder refuses it.
        let count = Int(clamping: try row.integer(1))
        self.barCount = (0...BlockLayout.barCountMax).contains(count) ? count : 0
        self.bytes = try row.blob(2)
    }
}

extension [PackedBlock] {
    /// The bars of all blocks of a series, in the blocks' order; throws `DamagedBlocks`.
    func bars(of series: Series) throws -> [Bar] {
        guard !self.isEmpty else { return [] }
        var decoder = try BlockDecoder()
        var damaged: [DamagedBlocks.Block] = []
        let total = self.reduce(0) { $0 + $1.barCount }
        let bars = [Bar](unsafeUninitializedCapacity: total) { buffer, count in
            for block in self {
                let stretch = series.timeframe.stretch(of: block.start)
                let target = UnsafeMutableBufferPointer(rebasing: buffer[count..<count + block.barCount])
                do {
                    try decoder.decode(block.bytes, of: series, in: stretch, into: target)
                    count += block.barCount
                } catch {
                    damaged.append(.init(stretch: stretch, reason: String(describing: error)))
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
            let stretch = series.timeframe.stretch(of: block.start)
            do {
                let content = try decoder.content(block.bytes, of: series, in: stretch, barCount: block.barCount)
                sound.append((stretch, content))
            } catch {
                damaged.append(.init(stretch: stretch, reason: String(describing: error)))
            }
        }
        return (sound, damaged)
    }
}
