import MarketData
import Zstd

@testable import MarketStore

/// Packed blocks: what is damaged is refused with a reason, what is not has bars in order that are packed again and read
/// back bit for bit; so are any bars.
///
/// The first byte of an input says how many bars are expected. The rest is read as a block, as what stands in the frame of
/// a block, whose checksum no mutation would hit, and as the numbers of bars.
enum BlockReading {
    private static let series = Series(unchecked: "ES", provider: .simulated, timeframe: .oneMinute)
    private static let stretch = TimeRange(Timestamp(nanoseconds: .min), Timestamp(nanoseconds: .max))

    static let run: @Sendable ([UInt8]) -> Void = { input in
        guard let count = input.first, let stretch = Self.stretch else { return }
        do {
            var codec = try Codec(series: Self.series, stretch: stretch)
            let bytes = Array(input.dropFirst())
            try codec.read(bytes, barCount: Int(count))
            try codec.read(try codec.framed(bytes), barCount: Int(count))
            let content = BlockBars.content(bytes)
            if !content.bars.isEmpty { try codec.writeAndRead(content) }
        } catch {
            promise(false, "only damage is refused: \(error)")
        }
    }

    private struct Codec: ~Copyable {
        private let series: Series
        private let stretch: TimeRange
        private var encoder: BlockEncoder
        private var decoder: BlockDecoder
        private var zstd: ZstdCompressor

        init(series: Series, stretch: TimeRange) throws {
            let encoder = try BlockEncoder(level: 1)
            let decoder = try BlockDecoder()
            let zstd = try ZstdCompressor(level: 1)
            self.series = series
            self.stretch = stretch
            self.encoder = encoder
            self.decoder = decoder
            self.zstd = zstd
        }

        /// A block whose frame holds `plain`.
        mutating func framed(_ plain: [UInt8]) throws -> [UInt8] {
            var frame = [UInt8](repeating: 0, count: ZstdCompressor.frameBytesMax(ofInput: plain.count))
            let length = try plain.withUnsafeBytes { input in
                try frame.withUnsafeMutableBytes { try self.zstd.compressFrame(input, into: $0) }
            }
            return [BlockLayout.version] + frame[..<length]
        }

        /// Reads what may be a block.
        mutating func read(_ block: [UInt8], barCount: Int) throws {
            let content: FetchedBars
            do {
                content = try self.decoder.content(block, of: self.series, in: self.stretch, barCount: barCount)
            } catch let defect as BlockDecoder.Defect {
                promise(!defect.description.isEmpty, "a refusal has a reason")
                return
            }
            promise(content.bars.count == barCount, "there are as many bars as expected")
            let times = content.bars.map(\.timestamp)
            promise(zip(times, times.dropFirst()).allSatisfy { $0 < $1 }, "bars are in order: \(times)")
            promise(times.allSatisfy { self.stretch.contains($0) }, "bars lie in their stretch: \(times)")
            try self.writeAndRead(content)
        }

        /// Packs bars and reads them back.
        mutating func writeAndRead(_ content: FetchedBars) throws {
            let count = content.bars.count
            let block = try self.encoder.encode(content, of: self.series)
            let copy = try self.decoder.content(block, of: self.series, in: self.stretch, barCount: count)
            promise(copy.fetchedAt == content.fetchedAt, "fetch times come back:\n\(content)\n\(copy)")
            promise(Self.areIdentical(copy.bars, content.bars), "bars come back:\n\(content)\n\(copy)")
            let bars = try [Bar](unsafeUninitializedCapacity: count) { buffer, filled in
                let target = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
                try self.decoder.decode(block, of: self.series, in: self.stretch, into: target)
                filled = count
            }
            promise(Self.areIdentical(bars, content.bars), "bars alone come back:\n\(content)\n\(bars)")
        }

        private static func areIdentical(_ left: [Bar], _ right: [Bar]) -> Bool {
            left.count == right.count
                && zip(left, right).allSatisfy {
                    $0.hasSameValues(as: $1) && $0.timestamp == $1.timestamp && $0.revision == $1.revision
                }
        }
    }
}
