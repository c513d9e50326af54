import MarketData
import Zstd

@testable import MarketStore

/// A block of which each number can be chosen, with a valid frame around it.
///
/// The layout is written down here once more on purpose.
struct HandmadeBlock {
    var version: UInt8 = 1
    var name: [UInt8]
    /// Declares another length of the name than it has.
    var nameLength: UInt64?
    var barCount: UInt64
    var first: Int64
    var last: Int64
    var timeUnit: UInt64 = 60_000_000_000
    var priceScale: UInt64 = 2
    var priceBase: Int64 = 451_225
    var priceTick: UInt64 = 25
    var volumeScale: UInt64 = 0
    var volumeBase: Int64 = 12
    var volumeTick: UInt64 = 1
    var revisionBase: Int64 = 1
    var fetchedAt: Int64
    /// Time, open, close, high, low, volume, revision, fetch time.
    var widths: [UInt8] = [0, 1, 0, 0, 0, 0, 0, 0]
    /// The opens' steps of the sample in `BlockRoundTripTests`: 0, 1 and -1 ticks.
    var planes: [UInt8] = [0, 2, 1]

    /// A block of three bars a minute apart, of which the second is a tick higher.
    init(_ sample: BlockSample) {
        let bars = sample.content.bars
        self.name = Array("\(sample.series.provider) \(sample.series.symbol) \(sample.series.timeframe)".utf8)
        self.barCount = UInt64(bars.count)
        self.first = bars[0].timestamp.nanoseconds
        self.last = bars[bars.count - 1].timestamp.nanoseconds
        self.fetchedAt = sample.content.fetchedAt[0].nanoseconds
    }

    /// What stands in the frame.
    var plain: [UInt8] {
        var writer = VarintWriter(bytes: [])
        writer.append(self.nameLength ?? UInt64(self.name.count))
        writer.bytes += self.name
        writer.append(self.barCount)
        writer.appendSigned(self.first)
        writer.appendSigned(self.last)
        writer.append(self.timeUnit)
        writer.append(self.priceScale)
        writer.appendSigned(self.priceBase)
        writer.append(self.priceTick)
        writer.append(self.volumeScale)
        writer.appendSigned(self.volumeBase)
        writer.append(self.volumeTick)
        writer.appendSigned(self.revisionBase)
        writer.appendSigned(self.fetchedAt)
        return writer.bytes + self.widths + self.planes
    }

    var bytes: [UInt8] {
        get throws { try Self.block(of: self.plain, version: self.version) }
    }

    /// A block with a valid frame around any bytes.
    static func block(of plain: [UInt8], version: UInt8 = 1) throws -> [UInt8] {
        var compressor = try ZstdCompressor(level: 1)
        var frame = [UInt8](repeating: 0, count: ZstdCompressor.frameBytesMax(ofInput: plain.count))
        let length = try plain.withUnsafeBytes { input in
            try frame.withUnsafeMutableBytes { try compressor.compressFrame(input, into: $0) }
        }
        return [version] + frame.prefix(length)
    }

    /// What stands in a block's frame.
    static func plain(of block: [UInt8]) throws -> [UInt8] {
        var decompressor = try ZstdDecompressor(windowBytesMax: 1 << 20)
        return try block.dropFirst().withUnsafeBytes { frame in
            var plain = [UInt8](repeating: 0, count: Int(ZstdDecompressor.declaredSize(of: frame) ?? 0))
            try plain.withUnsafeMutableBytes { try decompressor.decompressFrame(frame, into: $0) }
            return plain
        }
    }
}
