import MarketData
import TestSupport
import Testing

@testable import TapedeckCommand

@Suite struct EmptyPeriodsTests {
    @Test func periodsWithoutABarAreFoundWhateverThePages() throws {
        var random = SeededRandom()
        let minute = Timeframe.oneMinute.nanoseconds
        for _ in 0..<100 {
            let bars = (0..<120).filter { _ in Bool.random(using: &random) }.map { Timestamp(nanoseconds: $0 * minute) }
            let pageLength = Int64.random(in: 1...120, using: &random)
            var empty = EmptyPeriods(stretchesMax: 3)

            for start in stride(from: Int64(0), to: 120, by: Int64.Stride(pageLength)) {
                let end = min(120, start + pageLength)
                let page = try TimeRange(
                    start: Timestamp(nanoseconds: start * minute),
                    end: Timestamp(nanoseconds: end * minute)
                )
                empty.add(RangeSet(page), bars: bars.filter { page.contains($0) }, timeframe: .oneMinute)
            }

            #expect(empty.count == 120 - bars.count, "\(random)")
            #expect(empty.longest.count <= 3 && empty.stretchCount >= empty.longest.count, "\(random)")
            #expect(empty.longest.map(\.nanoseconds) == empty.longest.map(\.nanoseconds).sorted(by: >), "\(random)")
        }
    }

    @Test func barsThatCannotBeRightAreCounted() throws {
        func bar(_ text: String, high: Double = 2, revision: Int32 = 1) throws -> Bar {
            Bar(
                timestamp: try Timestamp(parsing: text),
                open: 1,
                high: high,
                low: 1,
                close: 1,
                volume: 1,
                revision: revision
            )
        }
        let known = RangeSet(try TimeRange(parsingStart: "2026-01-05T10:00", end: "2026-01-05T11:00"))
        var checks = BarChecks()

        checks.check(
            [
                try bar("2026-01-05T10:00"), try bar("2026-01-05T10:01", high: .infinity),
                try bar("2026-01-05T10:02:03"),
                try bar("2026-01-05T11:00"), try bar("2026-01-05T11:01", high: 0.5),
            ],
            timeframe: .oneMinute,
            known: known
        )

        #expect(checks.faults[.outsideCoverage]?.count == 2)
        #expect(checks.faults[.offGrid]?.count == 1)
        #expect(checks.faults[.impossibleValues]?.count == 2)
        #expect(checks.texts.count == 3 && checks.texts[0].contains("the first at 2026-01-05T11:00:00Z"))
    }
}
