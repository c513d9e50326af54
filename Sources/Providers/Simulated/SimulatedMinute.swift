import MarketData

/// One minute of a simulated market, in price steps.
///
/// The minute is drawn as a whole, and its trades are drawn from it so that they add up to it exactly. That makes a year
/// of minutes cheap and keeps every shorter and longer bar consistent with it.
struct SimulatedMinute {
    /// Minutes since the epoch.
    let index: Int64
    /// The first price.
    let open: Int64
    /// The highest price.
    let high: Int64
    /// The lowest price.
    let low: Int64
    /// The last price.
    let close: Int64
    /// The traded quantity, at least 1.
    let volume: Int64
    /// From which the trades are drawn.
    private let hash: UInt64

    /// Draws a minute from its hash and the levels at its beginning and end.
    ///
    /// A `corrected` minute has more volume and, with four contracts or more, a higher high than it was first given.
    init(
        index: Int64,
        hash: UInt64,
        levels: (start: Int64, end: Int64),
        averageVolume: Double,
        stretch: Int64,
        isCorrected: Bool
    ) {
        self.index = index
        self.hash = hash
        let share = Double(hash & 0xFFFF) * 0x1p-16
        let correction = isCorrected ? 1 + Int64(hash >> 60) : 0
        let volume = max(1, Int64(averageVolume * (0.25 + 2.25 * share * share))) + correction
        let open = levels.start + Self.jitter[Int((hash >> 16) & 3)]
        let close = volume == 1 ? open : levels.end + Self.jitter[Int((hash >> 18) & 3)]
        self.volume = volume
        self.open = open
        self.close = close
        // With fewer than four contracts there may be no trade between the first and the last to carry an extreme.
        let hasExtremes = volume >= 4
        let above = hasExtremes ? Self.reach(hash >> 20, stretch) + (isCorrected ? 1 : 0) : 0
        let below = hasExtremes ? Self.reach(hash >> 28, stretch) : 0
        self.high = max(open, close) + above
        self.low = min(open, close) - below
    }

    private static let jitter: [Int64] = [-1, 0, 0, 1]

    /// How far an extreme lies beyond open and close: mostly little, seldom much.
    private static func reach(_ bits: UInt64, _ stretch: Int64) -> Int64 {
        Int64((bits & 0xFF | 0x100).trailingZeroBitCount) * stretch / 2
    }

    /// The instant after the minute.
    var end: Timestamp { Timestamp(nanoseconds: (self.index + 1) * 60_000_000_000) }

    /// The trades, oldest first; they add up to the minute.
    func trades() -> [SimulatedTrade] {
        let count = Int(min(self.volume, 4 + Int64((self.hash >> 36) % 44)))
        let sizes = self.sizes(count)
        let (highest, lowest) = self.extremePositions(count)
        return (0..<count).map { position in
            let bits = SimulationHash.mix(self.hash, UInt64(position) + 2)
            let price =
                switch position {
                case 0: self.open
                case count - 1: self.close
                case highest: self.high
                case lowest: self.low
                default: self.between(position, of: count, bits)
                }
            let slot = Int64(position) * 60_000_000_000 + Int64(bits % 60_000_000_000)
            return SimulatedTrade(
                offset: slot / Int64(count),
                price: price,
                size: sizes[position],
                isBuy: bits >> 63 == 0,
                sequence: UInt32(truncatingIfNeeded: self.index) << 6 | UInt32(position)
            )
        }
    }

    /// Which trades carry the high and the low; with fewer than four, the first and the last do.
    private func extremePositions(_ count: Int) -> (highest: Int, lowest: Int) {
        guard count >= 4 else { return (0, 0) }
        let inner = UInt64(count - 2)
        let highest = (self.hash >> 40) % inner
        let lowest = (highest + 1 + (self.hash >> 48) % (inner - 1)) % inner
        return (Int(highest) + 1, Int(lowest) + 1)
    }

    /// A price near the line from open to close, within high and low.
    private func between(_ position: Int, of count: Int, _ bits: UInt64) -> Int64 {
        let line = self.open + (self.close - self.open) * Int64(position) / Int64(count)
        let noise = Int64((bits >> 40) % 7) - 3
        return min(max(line + noise, self.low), self.high)
    }

    /// Splits the volume into positive sizes.
    private func sizes(_ count: Int) -> [Int64] {
        let even = self.volume / Int64(count)
        let larger = Int(self.volume % Int64(count))
        var sizes = (0..<count).map { $0 < larger ? even + 1 : even }
        for first in stride(from: 0, to: count - 1, by: 2) {
            let moved = Int64(SimulationHash.mix(self.hash ^ 1, UInt64(first)) % UInt64(even))
            sizes[first] -= moved
            sizes[first + 1] += moved
        }
        return sizes
    }
}
