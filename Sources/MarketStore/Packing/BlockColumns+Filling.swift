import MarketData

extension BlockColumns {
    /// Makes the columns of bars, and appends to the head what it has of them.
    mutating func fill(_ content: FetchedBars, head: inout VarintWriter) {
        let count = content.bars.count
        self.reserve(barCount: count)
        self.numbers.withUnsafeMutableBufferPointer { numbers in
            content.bars.withUnsafeBufferPointer { bars in
                let columns = BlockLayout.Column.allCases.map { column in
                    UnsafeMutableBufferPointer(rebasing: numbers[(column.rawValue * count)...].prefix(count))
                }
                Self.fillTimes(bars, columns[BlockLayout.Column.time.rawValue], &head)
                Self.fillPrices(bars, columns, &head)
                Self.fillVolumes(bars, columns[BlockLayout.Column.volume.rawValue], &head)
                Self.fillRevisions(bars, columns[BlockLayout.Column.revision.rawValue], &head)
                Self.fillFetchTimes(content.fetchedAt, columns[BlockLayout.Column.fetchedAt.rawValue], &head)
            }
        }
    }

    /// The distances between times in their unit, less 1.
    private static func fillTimes(
        _ bars: UnsafeBufferPointer<Bar>,
        _ column: UnsafeMutableBufferPointer<UInt64>,
        _ head: inout VarintWriter
    ) {
        column[0] = 0
        for index in 1..<bars.count {
            let distance = bars[index].timestamp.nanoseconds &- bars[index - 1].timestamp.nanoseconds
            column[index] = UInt64(bitPattern: distance)
        }
        let unit = max(1, column.greatestCommonDivisor(with: 0))
        head.append(unit)
        for index in 1..<bars.count { column[index] = column[index] / unit &- 1 }
    }

    private static func fillPrices(
        _ bars: UnsafeBufferPointer<Bar>,
        _ columns: [UnsafeMutableBufferPointer<UInt64>],
        _ head: inout VarintWriter
    ) {
        typealias Column = BlockLayout.Column
        let (opens, closes) = (columns[Column.open.rawValue], columns[Column.close.rawValue])
        let (highs, lows) = (columns[Column.high.rawValue], columns[Column.low.rawValue])
        let scale = NumberScale.coarsest { scale in
            scale.fill(opens) { bars[$0].open } && scale.fill(closes) { bars[$0].close }
                && scale.fill(highs) { bars[$0].high } && scale.fill(lows) { bars[$0].low }
        }
        Self.takeTick([opens, closes, highs, lows], base: Int64(bitPattern: opens[0]), scale, &head)
        var lastClose: Int64 = 0
        for index in bars.indices {
            let (open, close) = (Int64(bitPattern: opens[index]), Int64(bitPattern: closes[index]))
            let (high, low) = (Int64(bitPattern: highs[index]), Int64(bitPattern: lows[index]))
            opens[index] = (open &- lastClose).zigzagCoded
            closes[index] = (close &- open).zigzagCoded
            highs[index] = UInt64(bitPattern: high &- max(open, close))
            lows[index] = UInt64(bitPattern: min(open, close) &- low)
            lastClose = close
        }
    }

    private static func fillVolumes(
        _ bars: UnsafeBufferPointer<Bar>,
        _ column: UnsafeMutableBufferPointer<UInt64>,
        _ head: inout VarintWriter
    ) {
        let scale = NumberScale.coarsest { $0.fill(column) { bars[$0].volume } }
        let least = column.reduce(Int64.max) { min($0, Int64(bitPattern: $1)) }
        Self.takeTick([column], base: least, scale, &head)
    }

    private static func fillRevisions(
        _ bars: UnsafeBufferPointer<Bar>,
        _ column: UnsafeMutableBufferPointer<UInt64>,
        _ head: inout VarintWriter
    ) {
        let least = Int64(bars.reduce(Int32.max) { min($0, $1.revision) })
        head.appendSigned(least)
        for index in bars.indices { column[index] = UInt64(bitPattern: Int64(bars[index].revision) &- least) }
    }

    private static func fillFetchTimes(
        _ times: [Timestamp],
        _ column: UnsafeMutableBufferPointer<UInt64>,
        _ head: inout VarintWriter
    ) {
        var last = times[0].nanoseconds
        head.appendSigned(last)
        for (index, time) in times.enumerated() {
            column[index] = (time.nanoseconds &- last).zigzagCoded
            last = time.nanoseconds
        }
    }

    /// Turns whole numbers into multiples of their tick from the base on; scale, base and tick go into the head.
    private static func takeTick(
        _ columns: [UnsafeMutableBufferPointer<UInt64>],
        base: Int64,
        _ scale: NumberScale,
        _ head: inout VarintWriter
    ) {
        for column in columns {
            for index in column.indices { column[index] &-= UInt64(bitPattern: base) }
        }
        var tick: UInt64 = scale == .bits ? 1 : 0
        // Distances of bit patterns have no tick, and may wrap.
        for column in columns where tick != 1 {
            tick = column.lazy.map { Int64(bitPattern: $0).magnitude }.greatestCommonDivisor(with: tick)
        }
        tick = max(tick, 1)
        head.append(scale.code)
        head.appendSigned(base)
        head.append(tick)
        guard tick > 1 else { return }
        for column in columns {
            for index in column.indices {
                column[index] = UInt64(bitPattern: Int64(bitPattern: column[index]) / Int64(tick))
            }
        }
    }

    /// Appends the columns' widths and planes.
    func appendPlanes(barCount count: Int, to bytes: inout [UInt8]) {
        self.numbers.withUnsafeBufferPointer { numbers in
            let columns = BlockLayout.Column.allCases.indices.map { column in
                UnsafeBufferPointer(rebasing: numbers[(column * count)...].prefix(count))
            }
            let widths = columns.map { (71 - $0.reduce(0, |).leadingZeroBitCount) / 8 }
            bytes += widths.map { UInt8($0) }
            for (column, width) in zip(columns, widths) {
                for plane in 0..<width {
                    let shift = UInt64(plane) * 8
                    bytes += column.lazy.map { UInt8(truncatingIfNeeded: $0 >> shift) }
                }
            }
        }
    }
}

extension Sequence<UInt64> {
    /// The greatest number of which all and `start` are multiples; 0 when all are 0.
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
