import MarketData

/// The columns of a block as 64-bit numbers, and the bars that they make.
struct BlockColumns {
    /// Begins with the columns, one behind the other.
    var numbers: [UInt64] = []

    /// Makes room for the columns of so many bars.
    mutating func reserve(barCount: Int) {
        let count = BlockLayout.Column.allCases.count * barCount
        if self.numbers.count < count { self.numbers = [UInt64](repeating: 0, count: count) }
    }

    /// Puts the planes together to columns.
    mutating func spread(_ planes: ArraySlice<UInt8>, _ head: BlockHead) throws {
        let count = head.barCount
        guard planes.count == head.widths.reduce(0, +) * count else {
            throw BlockDecoder.Defect(description: "its columns have another length than its head says")
        }
        self.reserve(barCount: count)
        planes.withUnsafeBufferPointer { source in
            self.numbers.withUnsafeMutableBufferPointer { target in
                var place = 0
                for (column, width) in head.widths.enumerated() {
                    Self.spread(
                        UnsafeBufferPointer(rebasing: source[place..<(place + width * count)]),
                        width: width,
                        into: UnsafeMutableBufferPointer(rebasing: target[(column * count)..<((column + 1) * count)])
                    )
                    place += width * count
                }
            }
        }
    }

    /// The common widths have loops of their own, which the compiler turns into vector instructions.
    private static func spread(
        _ planes: UnsafeBufferPointer<UInt8>,
        width: Int,
        into column: UnsafeMutableBufferPointer<UInt64>
    ) {
        switch width {
        case 0:
            column.update(repeating: 0)
        case 1:
            for index in column.indices { column[index] = UInt64(planes[index]) }
        case 2:
            let high = UnsafeBufferPointer(rebasing: planes[column.count...])
            for index in column.indices { column[index] = UInt64(planes[index]) | UInt64(high[index]) << 8 }
        default:
            column.update(repeating: 0)
            for plane in 0..<width {
                let bytes = UnsafeBufferPointer(rebasing: planes[(plane * column.count)...])
                let shift = UInt64(plane) * 8
                for index in column.indices { column[index] |= UInt64(bytes[index]) << shift }
            }
        }
    }

    /// Makes the bars; throws `BlockDecoder.Defect` when their times are not those that the head announces.
    func readBars(_ head: BlockHead, into target: UnsafeMutableBufferPointer<Bar>) throws {
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
            throw BlockDecoder.Defect(description: "its times are out of order or do not end where its head says")
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
        return self.numbers.withUnsafeBufferPointer { buffer -> Int64? in
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

    /// When each bar was fetched.
    func fetchTimes(_ head: BlockHead) -> [Timestamp] {
        let first = BlockLayout.Column.fetchedAt.rawValue * head.barCount
        var time = head.fetchedAt
        return self.numbers[first..<(first + head.barCount)].map { step in
            time &+= Int64(zigzagCoded: step)
            return Timestamp(nanoseconds: time)
        }
    }
}
