package import MarketData
package import Zstd

/// Turns bars into blocks; one after another with the same memory.
package struct BlockEncoder: ~Copyable {
    private var zstd: ZstdCompressor

    /// Creates an encoder; `level` is zstd's.
    package init(level: Int = BlockEncoder.levelDefault) throws(ZstdError) {
        self.zstd = try ZstdCompressor(level: level)
    }

    /// The level at which blocks are stored.
    package static let levelDefault = BlockLayout.compressionLevel

    /// The block of bars that are sorted by time, each time once; at least one.
    package mutating func encode(_ content: FetchedBars, of series: Series) throws(ZstdError) -> [UInt8] {
        let plain = Self.plain(content, of: series)
        var failure: ZstdError?
        let bytes = [UInt8](
            unsafeUninitializedCapacity: 1 + ZstdCompressor.frameBytesMax(ofInput: plain.count)
        ) { buffer, count in
            buffer[0] = BlockLayout.version
            let target = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[1...])
            do throws(ZstdError) {
                let length: Result<Int, ZstdError> = plain.withUnsafeBytes { input in
                    do throws(ZstdError) {
                        return .success(try self.zstd.compressFrame(input, into: target))
                    } catch {
                        return .failure(error)
                    }
                }
                count = 1 + (try length.get())
            } catch {
                failure = error
                count = 0
            }
        }
        if let failure { throw failure }
        // The room for the worst case is not kept.
        return Array(bytes[...])
    }

    /// The block before it is compressed.
    private static func plain(_ content: FetchedBars, of series: Series) -> [UInt8] {
        let bars = content.bars
        guard let first = bars.first, let last = bars.last else {
            preconditionFailure("A block has at least one bar.")
        }
        let name = Array(BlockLayout.name(of: series).utf8)
        var head = VarintWriter(bytes: [])
        head.append(UInt64(name.count))
        head.bytes += name
        head.append(UInt64(bars.count))
        head.appendSigned(first.timestamp.nanoseconds)
        head.appendSigned(last.timestamp.nanoseconds)
        let times = Self.times(bars, &head)
        let prices = Self.prices(bars, &head)
        let volumes = Self.volumes(bars, &head)
        let revisions = bars.map { Int64($0.revision) }
        let least = revisions.min() ?? 0
        head.appendSigned(least)
        head.appendSigned(content.fetchedAt[0].nanoseconds)
        let fetched = Self.steps(content.fetchedAt.map(\.nanoseconds))
        let columns = [times] + prices + [volumes, revisions.map { UInt64(bitPattern: $0 &- least) }, fetched]
        return Self.appending(columns, to: head.bytes)
    }

    /// The distances between times in their unit, which goes into the head, less 1.
    private static func times(_ bars: [Bar], _ head: inout VarintWriter) -> [UInt64] {
        let distances = zip(bars, bars.dropFirst()).map { before, bar in
            UInt64(bitPattern: bar.timestamp.nanoseconds &- before.timestamp.nanoseconds)
        }
        let unit = distances.greatestCommonDivisor
        head.append(unit)
        return [0] + distances.map { $0 / unit &- 1 }
    }

    private static func prices(_ bars: [Bar], _ head: inout VarintWriter) -> [[UInt64]] {
        let numbers = [bars.map(\.open), bars.map(\.close), bars.map(\.high), bars.map(\.low)]
        let scale = NumberScale(for: numbers)
        var units = numbers.map { scale.integers($0) }
        let base = units[0][0]
        let tick = Self.takeTick(&units, base: base, scale)
        Self.append(scale, base: base, tick: tick, to: &head)
        let (opens, closes, highs, lows) = (units[0], units[1], units[2], units[3])
        var columns = [[UInt64]](repeating: [UInt64](repeating: 0, count: bars.count), count: 4)
        var close: Int64 = 0
        for index in bars.indices {
            let open = opens[index]
            columns[0][index] = (open &- close).zigzagCoded
            close = closes[index]
            columns[1][index] = (close &- open).zigzagCoded
            columns[2][index] = UInt64(bitPattern: highs[index] &- max(open, close))
            columns[3][index] = UInt64(bitPattern: min(open, close) &- lows[index])
        }
        return columns
    }

    private static func volumes(_ bars: [Bar], _ head: inout VarintWriter) -> [UInt64] {
        let numbers = bars.map(\.volume)
        let scale = NumberScale(for: [numbers])
        var units = [scale.integers(numbers)]
        let base = units[0].min() ?? 0
        let tick = Self.takeTick(&units, base: base, scale)
        Self.append(scale, base: base, tick: tick, to: &head)
        return units[0].map { UInt64(bitPattern: $0) }
    }

    /// Turns whole numbers into multiples of their tick from the base on, and returns the tick.
    private static func takeTick(_ units: inout [[Int64]], base: Int64, _ scale: NumberScale) -> UInt64 {
        for column in units.indices {
            for index in units[column].indices { units[column][index] &-= base }
        }
        // Distances of bit patterns have no tick, and may wrap.
        guard scale != .bits else { return 1 }
        var tick: UInt64 = 0
        for column in units where tick != 1 {
            tick = column.lazy.map(\.magnitude).greatestCommonDivisor(with: tick)
        }
        guard tick > 1 else { return 1 }
        for column in units.indices {
            for index in units[column].indices { units[column][index] /= Int64(tick) }
        }
        return tick
    }

    private static func append(_ scale: NumberScale, base: Int64, tick: UInt64, to head: inout VarintWriter) {
        head.append(scale.code)
        head.appendSigned(base)
        head.append(tick)
    }

    /// The distance of each number from the one before; 0 for the first.
    private static func steps(_ numbers: [Int64]) -> [UInt64] {
        [0] + zip(numbers, numbers.dropFirst()).map { ($1 &- $0).zigzagCoded }
    }

    private static func appending(_ columns: [[UInt64]], to head: [UInt8]) -> [UInt8] {
        let widths = columns.map { (71 - $0.reduce(0, |).leadingZeroBitCount) / 8 }
        var bytes = head
        bytes.reserveCapacity(head.count + columns.count + widths.reduce(0, +) * columns[0].count)
        bytes += widths.map { UInt8($0) }
        for (column, width) in zip(columns, widths) {
            for plane in 0..<width {
                let shift = UInt64(plane) * 8
                bytes += column.lazy.map { UInt8(truncatingIfNeeded: $0 >> shift) }
            }
        }
        return bytes
    }
}

extension Sequence<UInt64> {
    /// The greatest number of which all are multiples; 1 for none, and when all are 0.
    fileprivate var greatestCommonDivisor: UInt64 { Swift.max(1, self.greatestCommonDivisor(with: 0)) }

    /// The greatest number of which all and `start` are multiples.
    fileprivate func greatestCommonDivisor(with start: UInt64) -> UInt64 {
        var divisor = start
        for number in self where divisor == 0 || number % divisor != 0 {
            var rest = number
            while rest != 0 { (divisor, rest) = (rest, divisor % rest) }
            if divisor == 1 { break }
        }
        return divisor
    }
}
