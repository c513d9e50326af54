import MarketData
import Providers
import Testing

@testable import Tapedeck

@Suite struct MissingRangesTests {
    private func horizon() throws -> Horizon {
        Horizon(
            start: try time("2026-01-13T00:00:00Z"),
            availableEnd: try time("2026-01-13T20:30:00Z"),
            timeframe: .oneHour,
            askedTick: 0,
            deadlineTick: 0
        )
    }

    @Test func eachPartOfAGapHasItsReason() throws {
        var report = FlightReport()
        report.failures = [
            FlightReport.Failure(
                ranges: RangeSet(try range("2026-01-13T04:00:00Z", "2026-01-13T08:00:00Z")),
                error: ProviderError(.cut, "cut off"),
                retryAfter: .seconds(1)
            )
        ]
        report.unavailable = RangeSet(try range("2026-01-13T18:00:00Z", "2026-01-13T19:00:00Z"))
        let gaps = RangeSet([
            try range("2026-01-12T22:00:00Z", "2026-01-13T09:00:00Z"),
            try range("2026-01-13T18:00:00Z", "2026-01-14T00:00:00Z"),
        ])

        let missing = MissingRanges.explain(gaps, horizon: try self.horizon(), reports: [report])

        #expect(
            missing.map(\.reason) == [
                .beforeProviderStart, .purchaseLimit, .providerFailed(.cut), .purchaseLimit, .notAvailableYet,
                .purchaseLimit, .notAvailableYet,
            ]
        )
        #expect(RangeSet(missing.lazy.map(\.range)) == gaps)
        #expect(zip(missing, missing.dropFirst()).allSatisfy { $0.range.end <= $1.range.start })
        #expect(missing[2].detail == "cut off" && missing[2].reason.description == "providerFailed: cut")
        #expect(missing.last?.range.start == (try time("2026-01-13T21:00:00Z")))
    }

    @Test func formingPeriodOfAnAggregatedTimeframeIsNotMissing() throws {
        let missing = [
            MissingRange(
                range: try range("2026-01-13T21:00:00Z", "2026-01-14T04:00:00Z"),
                reason: .notAvailableYet,
                detail: ""
            )
        ]

        let rest = MissingRanges.withoutForming(missing, .fourHours, horizon: try self.horizon())

        #expect(rest.map(\.range) == [try range("2026-01-14T00:00:00Z", "2026-01-14T04:00:00Z")])
    }
}
