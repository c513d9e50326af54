import MarketData
import Providers
import Tapedeck

/// The bars that a market has in the end, to judge earlier answers by.
struct MarketHistory: Sendable {
    private struct Key: Hashable {
        let symbol: String
        let timeframe: Timeframe
    }

    private static let timeframes = [Timeframe.oneMinute, .oneHour]
    /// Longer than any bot looks back.
    private static let daysBefore: Int64 = 8

    private var bars: [Key: [Bar]] = [:]

    /// Looks at the market a day after `end`, when nothing of it is forming any more.
    init(of symbols: [String], until end: Timestamp, market: SimulatedMarket) throws {
        let day = Timeframe.oneDay.nanoseconds
        guard let range = TimeRange(end.advancedSaturating(byNanoseconds: -Self.daysBefore * day), end) else { return }
        let later = end.advancedSaturating(byNanoseconds: day)
        for symbol in symbols {
            for timeframe in Self.timeframes {
                self.bars[Key(symbol: symbol, timeframe: timeframe)] =
                    try market.bars(of: symbol, timeframe, in: range, asOf: later)
            }
        }
    }

    /// How many bars of an answer to the newest n are wrong.
    ///
    /// Final bars must be the market's, bit for bit; forming ones must stand at the right place; none may lack between
    /// the oldest and the newest bar whose period had ended so long ago that no forming bar of it may be answered.
    func wrongBars(in answer: BarsAnswer, at time: Timestamp) -> Int {
        let timeframe = answer.series.timeframe
        guard let truth = self.bars[Key(symbol: answer.series.symbol, timeframe: timeframe)],
            let first = answer.bars.first
        else { return 1 }
        let start = truth.partitioningIndex { $0.timestamp >= first.timestamp }
        var wrong = 0
        for (offset, bar) in answer.bars.enumerated() {
            guard start + offset < truth.count else { return wrong + answer.bars.count - offset }
            let right = truth[start + offset]
            let isRight = bar.timestamp == right.timestamp && (!bar.isFinal || bar.hasSameValues(as: right))
            wrong += isRight ? 0 : 1
        }
        let oldestNews = time.advancedSaturating(byNanoseconds: -Self.patience(timeframe) - timeframe.nanoseconds)
        let next = start + answer.bars.count
        if next < truth.count, truth[next].timestamp <= oldestNews { wrong += 1 }
        return wrong
    }

    /// A line for each bar.
    var csv: [String] {
        self.bars.sorted { ($0.key.symbol, $0.key.timeframe) < ($1.key.symbol, $1.key.timeframe) }.flatMap { key, bars in
            bars.map { "\(key.timeframe),\(key.symbol),\($0.timestamp.nanoseconds)" }
        }
    }

    /// How long a bar may be answered as it was while it formed: its lifetime, and a quarter of it while it is renewed.
    ///
    /// Written down here once more on purpose.
    private static func patience(_ timeframe: Timeframe) -> Int64 {
        let second: Int64 = 1_000_000_000
        return min(max(timeframe.nanoseconds / 12, 10 * second), 300 * second) * 5 / 4
    }
}

extension Array {
    /// The first index whose element satisfies `isLater`, which holds for all elements from some index on.
    fileprivate func partitioningIndex(where isLater: (Element) -> Bool) -> Int {
        var (low, high) = (0, self.count)
        while low < high {
            let middle = (low + high) / 2
            if isLater(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
