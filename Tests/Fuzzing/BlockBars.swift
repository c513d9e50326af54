import MarketData
import MarketStore

/// Bars that the bytes of an input stand for.
enum BlockBars {
    /// A bar takes so many bytes: its time's distance from the one before, five numbers, revision and fetch time.
    private static let barBytes = 64
    /// The same where numbers are multiples of a tick.
    private static let shortBarBytes = 16

    /// The first byte says how the others are read: as doubles and whole numbers of 64 bits, or of 16 bits, where it also
    /// says the tick.
    static func content(_ bytes: [UInt8]) -> FetchedBars {
        guard let kind = bytes.first else { return FetchedBars() }
        let isShort = kind & 1 == 1
        let tick = [0.25, 0.01, 1, 0.015625, 0.000_000_5, 0.1, 1e-9, 1.0 / 3][Int(kind >> 1) & 7]
        let width = isShort ? Self.shortBarBytes : Self.barBytes
        var content = FetchedBars()
        var time: Int64 = isShort ? 1_767_571_200_000_000_000 : .min
        var start = 1
        while start + width <= bytes.count {
            let numbers = stride(from: start, to: start + width, by: width / 8).map { place in
                bytes[place..<(place + width / 8)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            }
            func number(_ place: Int) -> Double {
                isShort ? Double(Int16(truncatingIfNeeded: numbers[place])) * tick : Double(bitPattern: numbers[place])
            }
            let distance = isShort ? (numbers[0] &+ 1) &* 60_000_000_000 : numbers[0]
            let next = time &+ Int64(bitPattern: distance)
            // The encoder takes each time once, in order; no stretch holds the last.
            guard content.bars.isEmpty || next > time, next < .max else { break }
            time = next
            content.append(
                Bar(
                    timestamp: Timestamp(nanoseconds: time),
                    open: number(1),
                    high: number(2),
                    low: number(3),
                    close: number(4),
                    volume: number(5),
                    revision: Int32(truncatingIfNeeded: numbers[6]),
                    isFinal: false
                ),
                fetchedAt: Timestamp(nanoseconds: Int64(bitPattern: numbers[7]))
            )
            start += width
        }
        return content
    }
}
