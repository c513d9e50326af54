package import MarketData
package import Zstd

/// Turns bars into blocks; one after another with the same memory.
package struct BlockEncoder: ~Copyable {
    private var zstd: ZstdCompressor
    private var columns = BlockColumns()
    /// The block before it is compressed.
    private var plain = VarintWriter(bytes: [])
    /// Begins with the frame, behind a place for the version.
    private var block: [UInt8] = []

    /// Creates an encoder; `level` is zstd's.
    package init(level: Int = BlockEncoder.levelDefault) throws(ZstdError) {
        self.zstd = try ZstdCompressor(level: level)
    }

    /// The level at which blocks are stored.
    package static let levelDefault = BlockLayout.compressionLevel

    /// The block of bars that are sorted by time, each time once; at least one and at most `BlockLayout.barCountMax`.
    package mutating func encode(_ content: FetchedBars, of series: Series) throws(ZstdError) -> [UInt8] {
        precondition((1...BlockLayout.barCountMax).contains(content.bars.count), "A block has bars, and not too many.")
        self.writePlain(content, of: series)
        let blockBytesMax = 1 + ZstdCompressor.frameBytesMax(ofInput: self.plain.bytes.count)
        if self.block.count < blockBytesMax {
            self.block = [UInt8](repeating: BlockLayout.version, count: blockBytesMax)
        }
        let length = self.compress()
        return Array(self.block[..<(1 + (try length.get()))])
    }

    /// Writes the frame behind the version.
    private mutating func compress() -> Result<Int, ZstdError> {
        self.plain.bytes.withUnsafeBytes { input in
            self.block.withUnsafeMutableBytes { block in
                let target = UnsafeMutableRawBufferPointer(rebasing: block[1...])
                do throws(ZstdError) {
                    return .success(try self.zstd.compressFrame(input, into: target))
                } catch {
                    return .failure(error)
                }
            }
        }
    }

    private mutating func writePlain(_ content: FetchedBars, of series: Series) {
        let bars = content.bars
        let name = BlockLayout.name(of: series).utf8
        self.plain.bytes.removeAll(keepingCapacity: true)
        self.plain.append(UInt64(name.count))
        self.plain.bytes += name
        self.plain.append(UInt64(bars.count))
        self.plain.appendSigned(bars[0].timestamp.nanoseconds)
        self.plain.appendSigned(bars[bars.count - 1].timestamp.nanoseconds)
        self.columns.fill(content, head: &self.plain)
        self.columns.appendPlanes(barCount: bars.count, to: &self.plain.bytes)
    }
}
