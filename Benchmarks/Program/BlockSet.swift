import MarketData
import MarketStore
import Zstd

/// The blocks of some series' bars by one stretch and zstd level, measured round by round.
final class BlockSet {
    /// What was measured; a value for each round where it is a time.
    struct Figures: Encodable {
        let timeframe: String
        let stretch: String
        let level: Int
        let blocks: Int
        let bars: Int
        let bytes: Int
        var encodeNanosecondsPerBar: [Double] = []
        /// From a block's bytes to bars in memory that is there.
        var decodeNanosecondsPerBar: [Double] = []
        /// What zstd alone takes for the same frames.
        var decompressNanosecondsPerBar: [Double] = []
        /// What it takes to copy the bars.
        var copyNanosecondsPerBar: [Double] = []
        /// The median of reads, each of which decodes all blocks of which it needs a bar.
        var shortReadMicroseconds: [Double] = []
        var longReadMicroseconds: [Double] = []
    }

    private struct Block {
        let series: Series
        let stretch: TimeRange
        let content: FetchedBars
        let bytes: [UInt8]
    }

    private(set) var figures: Figures
    private let market: BlockMarket
    private var encoder: BlockEncoder
    private var decoder: BlockDecoder
    private var zstd: ZstdDecompressor
    private var blocks: [Block] = []
    private let target: UnsafeMutableBufferPointer<Bar>
    private let plain: UnsafeMutableRawBufferPointer

    /// Cuts and encodes bars, and looks whether they come back.
    init(
        _ history: [(series: Series, bars: [Bar])],
        of market: BlockMarket,
        by stretch: BlockMarket.Stretch,
        level: Int
    ) throws {
        self.market = market
        self.encoder = try BlockEncoder(level: level)
        self.decoder = try BlockDecoder()
        self.zstd = try ZstdDecompressor(windowBytesMax: 1 << 20)
        for (series, bars) in history {
            for content in stretch.cut(bars) {
                self.blocks.append(
                    Block(
                        series: series,
                        stretch: try stretch.range(of: content.bars[0].timestamp),
                        content: content,
                        bytes: try self.encoder.encode(content, of: series)
                    )
                )
            }
        }
        let barsMax = self.blocks.map(\.content.bars.count).max() ?? 0
        self.target = .allocate(capacity: barsMax)
        self.plain = .allocate(byteCount: barsMax * 128 + 4_096, alignment: 16)
        self.figures = Figures(
            timeframe: "\(market.timeframe)",
            stretch: stretch.name,
            level: level,
            blocks: self.blocks.count,
            bars: self.blocks.reduce(0) { $0 + $1.content.bars.count },
            bytes: self.blocks.reduce(0) { $0 + $1.bytes.count }
        )
        try self.check()
    }

    deinit {
        self.target.deallocate()
        self.plain.deallocate()
    }

    private func check() throws {
        for block in self.blocks {
            let count = block.content.bars.count
            let content = try self.decoder.content(block.bytes, of: block.series, in: block.stretch, barCount: count)
            guard content == block.content else { throw BenchmarkError("a block of \(block.series) came back otherwise") }
        }
    }

    /// Measures everything once.
    func measure() throws {
        let bars = Double(self.figures.bars)
        var count = 0
        let encode = try Stopwatch.nanoseconds {
            for block in self.blocks { count += try self.encoder.encode(block.content, of: block.series).count }
        }
        guard count == self.figures.bytes else { throw BenchmarkError("blocks have another length than before") }
        self.figures.encodeNanosecondsPerBar.append(encode / bars)
        let decode = try Stopwatch.nanoseconds {
            for index in self.blocks.indices { try self.decode(index) }
        }
        self.figures.decodeNanosecondsPerBar.append(decode / bars)
        self.figures.decompressNanosecondsPerBar.append(try self.decompress() / bars)
        let copy = Stopwatch.nanoseconds {
            for block in self.blocks { _ = self.target.update(fromContentsOf: block.content.bars) }
        }
        self.figures.copyNanosecondsPerBar.append(copy / bars)
        self.figures.shortReadMicroseconds.append(try self.read(self.market.shortRead))
        self.figures.longReadMicroseconds.append(try self.read(self.market.longRead))
    }

    private func decode(_ index: Int) throws {
        let block = self.blocks[index]
        let target = UnsafeMutableBufferPointer(rebasing: self.target[..<block.content.bars.count])
        try self.decoder.decode(block.bytes, of: block.series, in: block.stretch, into: target)
    }

    private func decompress() throws -> Double {
        try Stopwatch.nanoseconds {
            for block in self.blocks {
                try block.bytes.withUnsafeBytes { bytes in
                    let frame = UnsafeRawBufferPointer(rebasing: bytes[1...])
                    let size = Int(ZstdDecompressor.declaredSize(of: frame) ?? 0)
                    try self.zstd.decompressFrame(frame, into: UnsafeMutableRawBufferPointer(rebasing: self.plain[..<size]))
                }
            }
        }
    }

    /// The median time of reads of so much time that begin at bars all over the history.
    private func read(_ length: Int64) throws -> Double {
        var times: [Double] = []
        let step = max(1, self.blocks.count / 100)
        for first in stride(from: 0, to: self.blocks.count, by: step) {
            let bars = self.blocks[first].content.bars
            let start = bars[first * 37 % bars.count].timestamp
            let end = start.advancedSaturating(byNanoseconds: length)
            times.append(
                try Stopwatch.nanoseconds {
                    var index = first
                    while index < self.blocks.count, self.blocks[index].series == self.blocks[first].series,
                        self.blocks[index].content.bars[0].timestamp < end
                    {
                        try self.decode(index)
                        index += 1
                    }
                }
            )
        }
        return times.percentile(0.5) / 1_000
    }
}

extension BlockMarket.Stretch {
    /// The stretch that holds a time.
    func range(of time: Timestamp) throws -> TimeRange {
        // Weeks begin on Mondays; the epoch was a Thursday.
        let offset = 4 * Timeframe.oneDay.nanoseconds
        let place = (time.nanoseconds - offset).quotientAndRemainder(dividingBy: self.nanoseconds).quotient
        let start = Timestamp(nanoseconds: place * self.nanoseconds + offset)
        return try TimeRange(start: start, end: try start.advanced(byNanoseconds: self.nanoseconds))
    }

    /// Bars by the stretches in which they lie, as if each day's had been bought at once.
    func cut(_ bars: [Bar]) -> [FetchedBars] {
        var contents: [FetchedBars] = []
        var end = Timestamp(nanoseconds: .min)
        for bar in bars {
            guard let range = try? self.range(of: bar.timestamp) else { continue }
            if range.end != end { contents.append(FetchedBars()) }
            end = range.end
            var bar = bar
            bar.isFinal = false
            let day = Timeframe.oneDay.floor(bar.timestamp).nanoseconds
            contents[contents.count - 1].append(bar, fetchedAt: Timestamp(nanoseconds: day + 90_061_234_000_000))
        }
        return contents
    }
}
