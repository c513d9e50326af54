import MarketData
import TestSupport
import Testing

@testable import TapedeckCommand

@Suite struct BackfillPlanTests {
    private static func series(_ timeframe: Timeframe) throws -> Series {
        try Series(provider: .simulated, symbol: "ES.c.0", timeframe: timeframe)
    }

    @Test func piecesEndOnAGridThatEveryRunShares() throws {
        let range = try TimeRange(parsingStart: "2026-01-05T10:30", end: "2026-01-05T14:00")
        let late = try TimeRange(parsingStart: "2026-01-05T12:10", end: "2026-01-05T14:00")
        func plan(_ stretch: TimeRange) throws -> BackfillPlan {
            BackfillPlan(series: try Self.series(.oneMinute), range: range, buying: [stretch], barsMax: 60)
        }

        let pieces = try plan(range).pieces

        #expect(
            pieces.map(\.start.description).map { $0.dropFirst(11) } == [
                "10:30:00Z", "11:00:00Z", "12:00:00Z", "13:00:00Z",
            ]
        )
        #expect(try plan(late).pieces.last == pieces.last)
    }

    @Test func piecesAreExactlyWhatIsToBeBought() throws {
        var random = SeededRandom()
        for _ in 0..<200 {
            let timeframe = try #require([Timeframe.oneSecond, .oneMinute, .oneHour].randomElement(using: &random))
            let barsMax = Int.random(in: 1...50, using: &random)
            var stretches: [TimeRange] = []
            var time = Timestamp(nanoseconds: Int64.random(in: -1_000...1_000, using: &random) * timeframe.nanoseconds)
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let length = Int64.random(in: 1...200, using: &random) * timeframe.nanoseconds
                let end = time.advancedSaturating(byNanoseconds: length)
                stretches.append(try TimeRange(start: time, end: end))
                time = end.advancedSaturating(byNanoseconds: timeframe.nanoseconds)
            }
            let whole = try #require(TimeRange(.earliest, .latest))

            let plan = BackfillPlan(
                series: try Self.series(timeframe),
                range: whole,
                buying: stretches,
                barsMax: barsMax
            )

            #expect(RangeSet(plan.pieces) == RangeSet(stretches), "\(random)")
            #expect(plan.pieces.allSatisfy { (1...barsMax).contains(plan.periods(of: $0)) }, "\(random)")
            #expect(plan.periods == stretches.reduce(0) { $0 + plan.periods(of: $1) }, "\(random)")
        }
    }
}
