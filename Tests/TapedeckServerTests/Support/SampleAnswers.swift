import MarketData
import Tapedeck

/// Answers to write scripts with.
enum SampleAnswers {
    static let start = Timestamp(nanoseconds: 1_767_625_200_000_000_000)  // 2026-01-05T15:00:00Z

    static let openBreaker = BreakerReport(provider: .simulated, state: .open, since: Self.start, failures: 5)

    static func series(_ timeframe: Timeframe = .oneHour, kind: Series.Kind = .bars) throws -> Series {
        try Series(
            provider: ProviderID(parsing: "databento/GLBX.MDP3"),
            symbol: "ES.c.0",
            timeframe: timeframe,
            kind: kind
        )
    }

    static func range(hours: Int64) throws -> TimeRange {
        try TimeRange(start: self.start, end: self.start.advanced(byNanoseconds: hours * 3_600_000_000_000))
    }

    /// Bars of consecutive periods.
    static func bars(count: Int, timeframe: Timeframe = .oneHour) -> [Bar] {
        (0..<count).map { index in
            Bar(
                timestamp: Timestamp(
                    nanoseconds: Self.start.nanoseconds + Int64(index) * timeframe.nanoseconds
                ),
                open: 5_931.25,
                high: 5_940,
                low: -0.5,
                close: 5_935.75,
                volume: 1_234,
                revision: Int32(index + 1),
                isFinal: index + 1 < count
            )
        }
    }

    static func barsAnswer(
        count: Int = 2,
        missing: [MissingRange] = [],
        isStale: Bool = false,
        tier: Tier = .database,
        outcome: AnswerOutcome = .database,
        age: Duration = .zero,
        isFinal: Bool = false
    ) throws -> BarsAnswer {
        BarsAnswer(
            series: try self.series(),
            range: try self.range(hours: Int64(count)),
            bars: self.bars(count: count),
            isComplete: missing.isEmpty,
            missing: missing,
            isStale: isStale,
            tier: tier,
            outcome: outcome,
            age: age,
            isFinal: isFinal,
            reachesSeriesStart: false
        )
    }

    static let quote = Quote(
        timestamp: start,
        bidPrice: 5_931.25,
        askPrice: 5_931.5,
        bidSize: 12,
        askSize: nil
    )
}
