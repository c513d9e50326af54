import MarketData
import Providers
import MarketStore

/// Bars of one timeframe as the simulated market has them, and the stretches by which they may be cut into blocks.
struct BlockMarket {
    /// A way to cut.
    struct Stretch {
        let name: String
        let nanoseconds: Int64
    }

    private static let hour = Timeframe.oneHour.nanoseconds
    private static let day = Timeframe.oneDay.nanoseconds
    private static let symbols = ["ES", "NQ", "CL", "GC", "ZN", "6E"].map { $0 + ".c.0" }

    let timeframe: Timeframe
    /// How much of the market is looked at.
    let days: Int64
    /// What a short and a long read of the timeframe ask for.
    let shortRead: Int64
    let longRead: Int64
    let stretches: [Stretch]

    static let all = [
        BlockMarket(
            timeframe: .oneSecond,
            days: 2,
            shortRead: 5 * Timeframe.oneMinute.nanoseconds,
            longRead: Self.day,
            stretches: [Stretch(name: "hour", nanoseconds: Self.hour), Stretch(name: "day", nanoseconds: Self.day)]
        ),
        BlockMarket(
            timeframe: .oneMinute,
            days: 28,
            shortRead: 5 * Timeframe.oneMinute.nanoseconds,
            longRead: Self.day,
            stretches: [
                Stretch(name: "hour", nanoseconds: Self.hour), Stretch(name: "day", nanoseconds: Self.day),
                Stretch(name: "week", nanoseconds: 7 * Self.day),
            ]
        ),
        BlockMarket(
            timeframe: .oneHour,
            days: 96 * 7,
            shortRead: Self.day,
            longRead: 30 * Self.day,
            stretches: Self.weeks(1, 2, 4, 8, 16)
        ),
        BlockMarket(
            timeframe: .oneDay,
            days: 624 * 7,
            shortRead: 30 * Self.day,
            longRead: 365 * Self.day,
            stretches: Self.weeks(26, 52, 208)
        ),
    ]

    private static func weeks(_ counts: Int64...) -> [Stretch] {
        counts.map { Stretch(name: $0 == 1 ? "week" : "\($0) weeks", nanoseconds: $0 * 7 * Self.day) }
    }

    /// All bars of each symbol.
    func bars() throws -> [(series: Series, bars: [Bar])] {
        let market = try SimulatedMarket()
        // A Monday.
        let start = Timestamp(nanoseconds: 1_325_462_400_000_000_000)
        let range = try TimeRange(start: start, end: try start.advanced(byNanoseconds: self.days * Self.day))
        return try Self.symbols.map { symbol in
            (
                try Series(provider: .simulated, symbol: symbol, timeframe: self.timeframe),
                try market.bars(of: symbol, self.timeframe, in: range, asOf: .latest)
            )
        }
    }
}
