import MarketData
import Providers
import Tapedeck

/// A quarter of 1-minute bars, extended by a day each day.
enum DailyUpkeep {
    struct Figures: Encodable {
        let days: Int
        let purchases: Int
        /// Rows that the provider delivered.
        let rowsBought: Int
        /// Rows that the answers needed, each counted once.
        let rowsNeeded: Int
        let wrongBars: Int
    }

    private static let day = Timeframe.oneDay.nanoseconds
    /// The hour at which yesterday is asked for.
    private static let askedAfter: Int64 = 6 * 3_600_000_000_000

    static func run(days: Int) async throws -> Figures {
        var configuration = MarketDataCache.Configuration()
        configuration.answerBarsMax = 200_000
        let world = try await SimulatedWorld(start: SimulatedWorld.dayStart, configuration: configuration)
        return try await world.running { world in
            let first = SimulatedWorld.dayStart.advancedSaturating(byNanoseconds: -90 * Self.day)
            var rowsNeeded = 0
            var wrongBars = 0
            for number in 0..<days {
                let midnight = SimulatedWorld.dayStart.advancedSaturating(byNanoseconds: Int64(number) * Self.day)
                try await world.advance(to: midnight.advancedSaturating(byNanoseconds: Self.askedAfter))
                guard let range = TimeRange(first, midnight) else { continue }
                let answer = try await world.cache.bars(
                    BarsRequest(
                        symbol: "ES.c.0",
                        timeframe: .oneMinute,
                        span: .range(range),
                        client: "upkeep",
                        requestID: "day-\(number)"
                    )
                )
                guard answer.isComplete else { throw BenchmarkError("day \(number) is incomplete: \(answer.missing)") }
                rowsNeeded = answer.bars.count
                if number == days - 1 { wrongBars = try Self.wrongBars(answer, in: range, world) }
            }
            let purchases = world.provider.purchases.filter { $0.call == .bars }
            return Figures(
                days: days,
                purchases: purchases.count,
                rowsBought: purchases.reduce(0) { $0 + $1.recordCount },
                rowsNeeded: rowsNeeded,
                wrongBars: wrongBars
            )
        }
    }

    /// How many bars differ from what the market has in the range.
    private static func wrongBars(_ answer: BarsAnswer, in range: TimeRange, _ world: SimulatedWorld) throws -> Int {
        let truth = try world.market().bars(of: "ES.c.0", .oneMinute, in: range, asOf: world.now)
        guard truth.count == answer.bars.count else { return max(truth.count, answer.bars.count) }
        return zip(answer.bars, truth).count { !$0.hasSameValues(as: $1) || $0.timestamp != $1.timestamp }
    }
}
