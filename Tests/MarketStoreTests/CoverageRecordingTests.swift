import MarketData
import Testing

@testable import MarketStore

@Suite struct CoverageRecordingTests {
    private let fetchedAt = time("2026-01-07T12:00:00Z")

    @Test func wholePeriodsBeforeTheSettledEndAreFinalAndTheRestIsProvisional() {
        let coverage = Coverage().recording(
            range("2026-01-05T00:00:00Z", "2026-01-05T05:00:00Z"),
            settledEnd: time("2026-01-05T03:59:59Z"),
            timeframe: .oneHour,
            fetchedAt: self.fetchedAt
        )

        #expect(coverage.final == RangeSet(range("2026-01-05T00:00:00Z", "2026-01-05T03:00:00Z")))
        #expect(
            coverage.provisional == [
                .init(range: range("2026-01-05T03:00:00Z", "2026-01-05T05:00:00Z"), fetchedAt: self.fetchedAt)
            ]
        )
    }

    @Test func whatIsFinalStaysFinalAndItsNeighbourhoodIsProvisional() {
        var before = Coverage()
        before.insertFinal(range("2026-01-05T02:00:00Z", "2026-01-05T03:00:00Z"))

        let coverage = before.recording(
            range("2026-01-05T00:00:00Z", "2026-01-05T05:00:00Z"),
            settledEnd: time("2026-01-05T00:00:00Z"),
            timeframe: .oneHour,
            fetchedAt: self.fetchedAt
        )

        #expect(coverage.final == before.final)
        #expect(
            coverage.provisional.map(\.range) == [
                range("2026-01-05T00:00:00Z", "2026-01-05T02:00:00Z"),
                range("2026-01-05T03:00:00Z", "2026-01-05T05:00:00Z"),
            ]
        )
    }

    @Test func touchingStretchesOfOneFetchTimeAreOne() {
        var coverage = Coverage()
        for hour in 0..<5 {
            coverage = coverage.recording(
                range("2026-01-05T0\(hour):00:00Z", "2026-01-05T0\(hour + 1):00:00Z"),
                settledEnd: time("2026-01-01"),
                timeframe: .oneHour,
                fetchedAt: self.fetchedAt
            )
        }

        #expect(coverage.provisional.map(\.range) == [range("2026-01-05T00:00:00Z", "2026-01-05T05:00:00Z")])
    }

    @Test func whatLiesBeforeATimeIsForgotten() {
        var coverage = Coverage()
        coverage.insertFinal(range("2026-01-01", "2026-01-05"))
        coverage.insertProvisional(range("2026-01-05", "2026-01-07"), fetchedAt: self.fetchedAt)

        let rest = coverage.removing(before: time("2026-01-06"))

        #expect(rest.all == RangeSet(range("2026-01-06", "2026-01-07")))
        #expect(Coverage().removing(before: time("2026-01-06")).isEmpty)
        #expect(coverage.removing(before: time("2025-01-06")) == coverage)
    }

    @Test func oldProvisionalStretchesAreForgottenBeyondTheNewestHundred() {
        var coverage = Coverage()
        let start = time("2026-01-05T00:00:00Z")
        // A poll every hour, each of which leaves its last minute provisional, for 300 hours.
        for hour in Int64(0)..<300 {
            let now = start.advancedSaturating(byNanoseconds: hour * Timeframe.oneHour.nanoseconds)
            let end = now.advancedSaturating(byNanoseconds: Timeframe.oneMinute.nanoseconds)
            guard let minute = TimeRange(now, end) else { continue }
            coverage = coverage.recording(minute, settledEnd: now, timeframe: .oneMinute, fetchedAt: now)
                .forgettingOldProvisional(now: now)

            #expect(coverage.provisional.count == min(Int(hour) + 1, 100))
        }
        let newest = start.advancedSaturating(byNanoseconds: 299 * Timeframe.oneHour.nanoseconds)
        #expect(coverage.provisional.last?.range.start == newest)

        let inTime = start.advancedSaturating(byNanoseconds: 201 * Timeframe.oneHour.nanoseconds)
        let renewed = Coverage(
            final: RangeSet(),
            provisional: coverage.provisional.map { .init(range: $0.range, fetchedAt: newest) }
                + [.init(range: range("2026-01-01", "2026-01-02"), fetchedAt: inTime)]
        )
        let later = inTime.advancedSaturating(byNanoseconds: 2 * Timeframe.oneDay.nanoseconds)
        #expect(renewed.forgettingOldProvisional(now: later) == renewed, "it was fetched two days ago")
        #expect(
            renewed.forgettingOldProvisional(now: later.advancedSaturating(byNanoseconds: 1)).provisional.count == 100
        )
    }
}
