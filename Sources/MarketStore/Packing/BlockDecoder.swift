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
    /// The block, decompressed.
    private var plain: [UInt8] = []
    /// One column behind the other.
    private var columns: [UInt64] = []

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
        try self.readBars(head, into: target, in: stretch)
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
            try self.readBars(head, into: target, in: stretch)
            count = barCount
        }
        let steps = self.columns[(BlockLayout.Column.fetchedAt.rawValue * barCount)...].prefix(barCount)
        var time = head.fetchedAt
        let times = steps.map { step in
            time &+= Int64(zigzagCoded: step)
            return Timestamp(nanoseconds: time)
        }
        return FetchedBars(bars: bars, fetchedAt: times)
    }

    /// Decompresses a block, reads its head and spreads its columns.
    private mutating func open(
        _ bytes: [UInt8],
        of series: Series,
        in stretch: TimeRange,
        barCount: Int
    ) throws -> BlockHead {
        guard let version = bytes.first else { throw Defect(description: "it is empty") }
        guard version == BlockLayout.version else {
            throw Defect(description: "its version is \(version), not \(BlockLayout.version)")
        }
        try self.decompress(bytes, columnBytesMax: barCount * 8 * BlockLayout.Column.allCases.count)
        var reader = VarintReader(bytes: self.plain[...])
        let head: BlockHead
        do {
            head = try BlockHead(&reader)
        } catch let error as VarintReader.Defect {
            throw Defect(description: error == .endsInTheMiddle ? "its head is cut" : "its head has too long a number")
        }
        try head.check(name: BlockLayout.name(of: series), barCount: barCount, stretch: stretch)
        try self.spread(reader.bytes, head)
        return head
    }

    private mutating func decompress(_ bytes: [UInt8], columnBytesMax: Int) throws {
        let sizeMax = UInt64(BlockLayout.headBytesMax + columnBytesMax)
        try bytes.withUnsafeBytes { block in
            let frame = UnsafeRawBufferPointer(rebasing: block[1...])
            guard let size = ZstdDecompressor.declaredSize(of: frame) else {
                throw Defect(description: "behind its version there is no zstd frame that declares its size")
            }
            guard size <= sizeMax else {
                throw Defect(description: "it declares \(size) bytes, more than its bars can take")
            }
            if self.plain.count != Int(size) { self.plain = [UInt8](repeating: 0, count: Int(size)) }
            do {
                try self.plain.withUnsafeMutableBytes { try self.zstd.decompressFrame(frame, into: $0) }
            } catch let error as ZstdError {
                throw Defect(description: error.description)
            }
        }
    }

    /// Puts the planes together to columns.
    private mutating func spread(_ planes: ArraySlice<UInt8>, _ head: BlockHead) throws {
        let count = head.barCount
        guard planes.count == head.widths.reduce(0, +) * count else {
            throw Defect(description: "its columns have another length than its head says")
        }
        let places = BlockLayout.Column.allCases.count * count
        if self.columns.count < places { self.columns = [UInt64](repeating: 0, count: places) }
        planes.withUnsafeBufferPointer { source in
            self.columns.withUnsafeMutableBufferPointer { target in
                guard var plane = source.baseAddress, var column = target.baseAddress else { return }
                for width in head.widths {
                    Self.spread(plane, width: width, count: count, into: column)
                    plane += width * count
                    column += count
                }
            }
        }
    }

    /// The common widths have loops of their own, which the compiler turns into vector instructions.
    private static func spread(
        _ planes: UnsafePointer<UInt8>,
        width: Int,
        count: Int,
        into column: UnsafeMutablePointer<UInt64>
    ) {
        switch width {
        case 0:
            column.update(repeating: 0, count: count)
        case 1:
            for index in 0..<count { column[index] = UInt64(planes[index]) }
        case 2:
            let high = planes + count
            for index in 0..<count { column[index] = UInt64(planes[index]) | UInt64(high[index]) << 8 }
        default:
            column.update(repeating: 0, count: count)
            for plane in 0..<width {
                let bytes = planes + plane * count
                let shift = UInt64(plane) * 8
                for index in 0..<count { column[index] |= UInt64(bytes[index]) << shift }
            }
        }
    }

    private func readBars(
        _ head: BlockHead,
        into target: UnsafeMutableBufferPointer<Bar>,
        in stretch: TimeRange
    ) throws {
        let last =
            switch (head.priceScale, head.volumeScale) {
            case (.decimal(let prices), .decimal(let volumes)):
                self.readBars(
                    head,
                    price: DecimalNumbers(base: head.priceBase, tick: head.priceTick, decimals: prices),
                    volume: DecimalNumbers(base: head.volumeBase, tick: head.volumeTick, decimals: volumes),
                    into: target
                )
            case (.bits, .decimal(let volumes)):
                self.readBars(
                    head,
                    price: BitNumbers(base: head.priceBase),
                    volume: DecimalNumbers(base: head.volumeBase, tick: head.volumeTick, decimals: volumes),
                    into: target
                )
            case (.decimal(let prices), .bits):
                self.readBars(
                    head,
                    price: DecimalNumbers(base: head.priceBase, tick: head.priceTick, decimals: prices),
                    volume: BitNumbers(base: head.volumeBase),
                    into: target
                )
            case (.bits, .bits):
                self.readBars(
                    head,
                    price: BitNumbers(base: head.priceBase),
                    volume: BitNumbers(base: head.volumeBase),
                    into: target
                )
            }
        guard last == head.last else {
            throw Defect(description: "its times are out of order or do not end where its head says")
        }
    }

    /// Makes the bars, and returns the last time; nil when times are out of order.
    @inline(__always)
    private func readBars(
        _ head: BlockHead,
        price: some BlockNumbers,
        volume: some BlockNumbers,
        into target: UnsafeMutableBufferPointer<Bar>
    ) -> Int64? {
        let count = head.barCount
        return self.columns.withUnsafeBufferPointer { buffer -> Int64? in
            guard let columns = buffer.baseAddress, let bars = target.baseAddress else { return nil }
            let (times, opens, closes) = (columns, columns + count, columns + 2 * count)
            let (highs, lows, volumes) = (columns + 3 * count, columns + 4 * count, columns + 5 * count)
            let revisions = columns + 6 * count
            var time = head.first
            var close: Int64 = 0
            var isInOrder = times[0] == 0
            for index in 0..<count {
                if index > 0 {
                    let next = time &+ Int64(bitPattern: (times[index] &+ 1) &* head.timeUnit)
                    isInOrder = isInOrder && next > time
                    time = next
                }
                let open = close &+ Int64(zigzagCoded: opens[index])
                close = open &+ Int64(zigzagCoded: closes[index])
                let high = max(open, close) &+ Int64(bitPattern: highs[index])
                let low = min(open, close) &- Int64(bitPattern: lows[index])
                (bars + index).initialize(
                    to: Bar(
                        timestamp: Timestamp(nanoseconds: time),
                        open: price.number(open),
                        high: price.number(high),
                        low: price.number(low),
                        close: price.number(close),
                        volume: volume.number(Int64(bitPattern: volumes[index])),
                        revision: Int32(
                            truncatingIfNeeded: head.revisionBase &+ Int64(bitPattern: revisions[index])
                        ),
                        isFinal: false
                    )
                )
            }
            return isInOrder ? time : nil
        }
    }
}

/// What turns a column's numbers into doubles.
private protocol BlockNumbers {
    func number(_ multiple: Int64) -> Double
}

private struct DecimalNumbers: BlockNumbers {
    let base: Int64
    let tick: Int64
    let divisor: Double

    init(base: Int64, tick: UInt64, decimals: Int) {
        self.base = base
        self.tick = Int64(bitPattern: tick)
        self.divisor = BlockLayout.divisor(decimals: decimals)
    }

    @inline(__always)
    func number(_ multiple: Int64) -> Double {
        Double(self.base &+ self.tick &* multiple) / self.divisor
    }
}

private struct BitNumbers: BlockNumbers {
    let base: Int64

    @inline(__always)
    func number(_ multiple: Int64) -> Double {
        Double(bitPattern: UInt64(bitPattern: self.base &+ multiple))
    }
}
