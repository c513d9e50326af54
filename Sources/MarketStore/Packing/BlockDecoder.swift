package import MarketData
package import Zstd

/// Turns blocks back into bars; one after another with the same memory.
package struct BlockDecoder: ~Copyable {
    /// Why bytes are not a block that the encoder wrote for this place.
    package struct Defect: Error, Hashable, Sendable, CustomStringConvertible {
        /// What was wrong.
        package let description: String
    }

    private var zstd: ZstdDecompressor
    /// Begins with the block, decompressed.
    private var plain: [UInt8] = []
    private var columns = BlockColumns()

    /// Creates a decoder.
    package init() throws(ZstdError) {
        self.zstd = try ZstdDecompressor(windowBytesMax: 1 << 20)
    }

    /// Reads the bars of a block into `target`, which has room for exactly as many as the block should have.
    ///
    /// `stretch` is where its bars lie. Throws `Defect` when the bytes are damaged, or of another series, stretch or
    /// count; then what is in `target` means nothing.
    package mutating func decode(
        _ bytes: [UInt8],
        of series: Series,
        in stretch: TimeRange,
        into target: UnsafeMutableBufferPointer<Bar>
    ) throws {
        let head = try self.open(bytes, of: series, in: stretch, barCount: target.count)
        try self.columns.readBars(head, into: target)
    }

    /// The bars of a block with their fetch times; throws as `decode` does.
    package mutating func content(
        _ bytes: [UInt8],
        of series: Series,
        in stretch: TimeRange,
        barCount: Int
    ) throws -> FetchedBars {
        let head = try self.open(bytes, of: series, in: stretch, barCount: barCount)
        let bars = try [Bar](unsafeUninitializedCapacity: barCount) { buffer, count in
            let target = UnsafeMutableBufferPointer(rebasing: buffer[..<barCount])
            try self.columns.readBars(head, into: target)
            count = barCount
        }
        return FetchedBars(bars: bars, fetchedAt: self.columns.fetchTimes(head))
    }

    /// Decompresses a block, reads its head and spreads its columns.
    private mutating func open(
        _ bytes: [UInt8],
        of series: Series,
        in stretch: TimeRange,
        barCount: Int
    ) throws -> BlockHead {
        guard (1...BlockLayout.barCountMax).contains(barCount) else {
            throw Defect(description: "it is to have \(barCount) bars, not 1 to \(BlockLayout.barCountMax)")
        }
        guard let version = bytes.first else { throw Defect(description: "it is empty") }
        guard version == BlockLayout.version else {
            throw Defect(description: "its version is \(version), not \(BlockLayout.version)")
        }
        let plainBytes = try self.decompress(bytes, columnBytesMax: barCount * 8 * BlockLayout.Column.allCases.count)
        var reader = VarintReader(bytes: self.plain[..<plainBytes])
        let head: BlockHead
        do {
            head = try BlockHead(&reader)
        } catch let error as VarintReader.Defect {
            throw Defect(description: error == .endsInTheMiddle ? "its head is cut" : "its head has too long a number")
        }
        try head.check(name: BlockLayout.name(of: series), barCount: barCount, stretch: stretch)
        try self.columns.spread(reader.bytes, head)
        return head
    }

    /// Decompresses a block to the beginning of `plain`, and returns its length there.
    private mutating func decompress(_ bytes: [UInt8], columnBytesMax: Int) throws -> Int {
        let sizeMax = UInt64(BlockLayout.headBytesMax + columnBytesMax)
        return try bytes.withUnsafeBytes { block in
            let frame = UnsafeRawBufferPointer(rebasing: block[1...])
            guard let size = ZstdDecompressor.declaredSize(of: frame) else {
                throw Defect(description: "behind its version there is no zstd frame that declares its size")
            }
            guard size <= sizeMax else {
                throw Defect(description: "it declares \(size) bytes, more than its bars can take")
            }
            if self.plain.count < Int(size) { self.plain = [UInt8](repeating: 0, count: Int(size)) }
            do {
                try self.plain.withUnsafeMutableBytes { plain in
                    let target = UnsafeMutableRawBufferPointer(rebasing: plain[..<Int(size)])
                    try self.zstd.decompressFrame(frame, into: target)
                }
                return Int(size)
            } catch let error as ZstdError {
                throw Defect(description: error.description)
            }
        }
    }
}
