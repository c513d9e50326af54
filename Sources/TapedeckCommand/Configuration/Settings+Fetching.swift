import MarketData
import Providers

extension Settings {
    /// Reads when is fetched again, and how much at once.
    mutating func readFetching(_ reader: ConfigurationReader) async throws {
        let day = Duration.seconds(86_400)
        if let divisor = try await reader.value(ConfigurationKeys.provisionalDivisor, .integer(in: 1...1_000)) {
            self.cache.freshness.provisionalDivisor = Int64(divisor)
        }
        try await reader.read(
            ConfigurationKeys.closedRecheckInterval,
            .duration(in: .zero...day),
            into: &self.cache.freshness.closedRecheckInterval
        )
        if let margins = try await reader.value(ConfigurationKeys.settlingMargins, .settlingMargins) {
            self.settlingMargins = margins
        }
        try await reader.read(
            ConfigurationKeys.simulatedSettlingMargin,
            .duration(in: .zero...(day * 30)),
            into: &self.simulated.settlingMargin
        )
        if let days = try await reader.value(ConfigurationKeys.changedDaysLookbackDays, .integer(in: 0...3_650)) {
            self.cache.changedDaysLookbackDaysMax = Int64(days)
        }
        try await self.readBackoff(reader)
        try await reader.read(ConfigurationKeys.fetchesMax, .integer(in: 1...100_000), into: &self.cache.flightsMax)
        try await reader.read(
            ConfigurationKeys.fetchWaitersMax,
            .integer(in: 1...10_000_000),
            into: &self.cache.waitersMax
        )
        try await reader.read(
            ConfigurationKeys.leaseDuration,
            .duration(in: .seconds(1) ... .seconds(300)),
            into: &self.cache.leaseDuration
        )
        try await reader.read(
            ConfigurationKeys.claimWaitMax,
            .duration(in: .seconds(1)...day),
            into: &self.cache.claimWaitMax
        )
    }

    private mutating func readBackoff(_ reader: ConfigurationReader) async throws {
        let allowed = ConfigurationValue<Duration>.duration(in: .milliseconds(10) ... .seconds(86_400))
        var least = self.cache.fetchBackoff.lowerBound
        var most = self.cache.fetchBackoff.upperBound
        try await reader.read(ConfigurationKeys.fetchBackoffMin, allowed, into: &least)
        try await reader.read(ConfigurationKeys.fetchBackoffMax, allowed, into: &most)
        guard least <= most else {
            throw ConfigurationError(
                ConfigurationKeys.fetchBackoffMin,
                value: DurationText.text(least),
                allowed: "at most \(DurationText.text(most)), which is fetch-backoff-max"
            )
        }
        self.cache.fetchBackoff = least...most
        try await reader.read(ConfigurationKeys.refusalBackoff, allowed, into: &self.cache.refusalBackoff)
    }
}
