import MarketData
import TestSupport

@testable import MarketStore

/// Bars to be packed: of a series, in a stretch.
struct BlockSample {
    var series = Series(unchecked: "ESZ6", provider: .simulated, timeframe: .oneMinute)
    var stretch: TimeRange
    var content: FetchedBars

    /// 2026-01-05, a Monday, UTC.
    static let day = range("2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z")

    init(_ content: FetchedBars, in stretch: TimeRange) {
        self.content = content
        self.stretch = stretch
    }

    /// Bars with one price each and all the same volume, a minute apart.
    init(opens prices: [Double], volume: Double = 12) {
        let start = time("2026-01-05T00:00:00Z")
        var content = FetchedBars()
        for (index, price) in prices.enumerated() {
            let time = start.advancedSaturating(byNanoseconds: Int64(index) * 60_000_000_000)
            let bar = Bar(timestamp: time, open: price, high: price, low: price, close: price, volume: volume)
            content.append(bar, fetchedAt: start)
            content.bars[index].isFinal = false
        }
        self.init(content, in: Self.all)
    }

    /// All times there are but the last, at which no range can end.
    static let all = Timestamp(nanoseconds: .min).range(to: Timestamp(nanoseconds: .max))

    /// Up to `countMax` bars of a shape by chance: whatever a `Bar` can hold.
    init(_ random: inout SeededRandom, countMax: Int = 200) {
        let count = Int.random(in: 1...countMax, using: &random)
        let times = RandomTimes.times(count, &random)
        let prices = RandomNumbers(&random)
        let volumes = RandomNumbers(&random)
        let revisions = RandomNumbers.revisions(&random)
        let fetchTimes = RandomTimes.fetchTimes(times.count, &random)
        var content = FetchedBars()
        for (time, fetchedAt) in zip(times, fetchTimes) {
            let bar = Bar(
                timestamp: Timestamp(nanoseconds: time),
                open: prices.next(&random),
                high: prices.next(&random),
                low: prices.next(&random),
                close: prices.next(&random),
                volume: volumes.next(&random),
                revision: .random(in: revisions, using: &random),
                isFinal: false
            )
            content.append(bar, fetchedAt: Timestamp(nanoseconds: fetchedAt))
        }
        self.init(content, in: Self.all)
    }

    /// The block of the bars.
    func block() throws -> [UInt8] {
        var encoder = try BlockEncoder()
        return try encoder.encode(self.content, of: self.series)
    }

    /// What a block in the place of this one is read as.
    func read(_ block: [UInt8], with decoder: inout BlockDecoder) throws -> FetchedBars {
        try decoder.content(block, of: self.series, in: self.stretch, barCount: self.content.bars.count)
    }

    /// What a block in the place of this one is read as, without fetch times.
    func bars(_ block: [UInt8], with decoder: inout BlockDecoder) throws -> [Bar] {
        try [Bar](unsafeUninitializedCapacity: self.content.bars.count) { buffer, count in
            let target = UnsafeMutableBufferPointer(rebasing: buffer[..<self.content.bars.count])
            try decoder.decode(block, of: self.series, in: self.stretch, into: target)
            count = target.count
        }
    }
}

extension Timestamp {
    /// The range to a later time.
    fileprivate func range(to end: Timestamp) -> TimeRange {
        guard let range = TimeRange(self, end) else { preconditionFailure("\(self) ..< \(end) is empty") }
        return range
    }
}

extension FetchedBars {
    /// Whether both are equal bit for bit: NaNs and the sign of zero count.
    func isIdentical(to other: FetchedBars) -> Bool {
        self.fetchedAt == other.fetchedAt && self.bars.isIdentical(to: other.bars)
    }
}

extension [Bar] {
    /// Whether both are equal bit for bit: NaNs and the sign of zero count.
    func isIdentical(to other: [Bar]) -> Bool {
        self.count == other.count
            && zip(self, other).allSatisfy { left, right in
                left.hasSameValues(as: right) && left.timestamp == right.timestamp && left.revision == right.revision
                    && left.isFinal == right.isFinal
            }
    }
}
