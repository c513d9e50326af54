import MarketData
import Testing

@testable import Tapedeck

@Suite struct FreshnessPolicyTests {
    @Test(arguments: [
        (Timeframe.oneSecond, 10), (.oneMinute, 10), (.fiveMinutes, 25), (.tenMinutes, 50), (.fifteenMinutes, 75),
        (.thirtyMinutes, 150), (.oneHour, 300), (.fourHours, 300), (.oneDay, 300),
    ])
    func formingBarExpiresAfterATwelfthWithinLimits(_ timeframe: Timeframe, _ seconds: Int) {
        #expect(FreshnessPolicy().provisionalLifetime(timeframe) == .seconds(seconds))
    }

    @Test(arguments: [
        ("2026-01-14T15:30:00Z", 300), ("2026-01-14T15:58:00Z", 120), ("2026-01-14T15:59:55Z", 10),
        ("2026-01-14T16:00:00Z", 300),
    ])
    func providersEndIsAskedAnewWhenAPeriodBegins(_ end: String, _ seconds: Int) throws {
        let lifetime = FreshnessPolicy().horizonLifetime(.oneHour, availableEnd: try time(end))

        #expect(lifetime == .seconds(seconds))
    }

    @Test func limitsAndDivisorCanBeSet() {
        var policy = FreshnessPolicy()
        policy.provisionalDivisor = 2
        policy.provisionalLimits = .seconds(1) ... .seconds(40)

        #expect(policy.provisionalLifetime(.oneSecond) == .seconds(1))
        #expect(policy.provisionalLifetime(.oneMinute) == .seconds(30))
        #expect(policy.provisionalLifetime(.oneHour) == .seconds(40))
    }

    @Test func lookbackGrowsWithTheTimeframe() {
        let day = Timeframe.oneDay.nanoseconds

        #expect(RecentLookback().nanosecondsMax(.thirtyMinutes) == 30 * day)
        #expect(RecentLookback().nanosecondsMax(.oneHour) == 400 * day)
        #expect(RecentLookback().nanosecondsMax(.oneDay) == 3_653 * day)
    }
}
