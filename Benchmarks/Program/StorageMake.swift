import Foundation
import MarketData
import Providers

/// Half a year of 1-minute bars of many symbols of the simulated market, a file each.
enum StorageMake {
    struct Made: Encodable {
        let symbols: [String]
        let bars: Int
    }

    private static let start = Timestamp(nanoseconds: 1_751_328_000_000_000_000)
    private static let end = Timestamp(nanoseconds: 1_767_225_600_000_000_000)
    private static let roots = [
        "ES", "NQ", "YM", "RTY", "CL", "NG", "GC", "SI", "HG", "ZN", "ZB", "6E", "6J", "ZC", "ZS", "MES", "MNQ", "BTC",
        "AAPL", "MSFT",
    ]

    /// Writes `SYMBOL.bars` for symbol after symbol, until there are `count` bars in all.
    ///
    /// Days that the market publishes again have the later values, with revision 2 where these are others. What a
    /// backfill buys with one request, 10,000 bars here, was fetched at one time.
    static func run(folder: String, count: Int) throws -> Made {
        guard let range = TimeRange(self.start, self.end) else { return Made(symbols: [], bars: 0) }
        let later = self.end.advancedSaturating(byNanoseconds: 30 * Timeframe.oneDay.nanoseconds)
        let market = try SimulatedMarket()
        var first = market.configuration
        first.correctedDaysShare = 0
        let uncorrected = try SimulatedMarket(configuration: first)
        var symbols: [String] = []
        var made = 0
        while made < count {
            let symbol = "\(self.roots[symbols.count % self.roots.count]).c.\(symbols.count / self.roots.count)"
            var bars = try market.bars(of: symbol, .oneMinute, in: range, asOf: later)
            let before = try uncorrected.bars(of: symbol, .oneMinute, in: range, asOf: later)
            for index in bars.indices where !bars[index].hasSameValues(as: before[index]) { bars[index].revision = 2 }
            bars = Array(bars.prefix(count - made))
            let fetched = bars.indices.map { index in
                later.advancedSaturating(byNanoseconds: Int64((made + index) / StorageFill.pieceBars) * 812_345_000)
            }
            try BarFile.write(bars, fetchedAt: fetched, to: "\(folder)/\(symbol).bars")
            made += bars.count
            symbols.append(symbol)
        }
        return Made(symbols: symbols, bars: made)
    }
}
