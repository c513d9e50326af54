import Tapedeck

extension Settings {
    /// Reads what is answered while something is slow or down.
    mutating func readDegrading(_ reader: ConfigurationReader) async throws {
        let modes = CacheMode.allCases
        try await reader.read(
            ConfigurationKeys.mode,
            .choice(
                Dictionary(uniqueKeysWithValues: modes.map { ($0.rawValue, $0) }),
                order: modes.map(\.rawValue)
            ),
            into: &self.cache.mode
        )
        let waits = ConfigurationValue<Duration>.duration(in: .milliseconds(1) ... .seconds(86_400))
        self.cache.softTimeout =
            try await reader.value(ConfigurationKeys.softTimeout, waits) ?? self.cache.softTimeout
        self.hardTimeout = try await reader.value(
            ConfigurationKeys.hardTimeout,
            .duration(in: .seconds(1) ... .seconds(3_600))
        )
        try await reader.read(
            ConfigurationKeys.readTimeout,
            .duration(in: .seconds(1) ... .seconds(86_400)),
            into: &self.cache.readTimeout
        )
        try await self.readStaleness(reader)
        try await self.readBreaker(reader)
    }

    private mutating func readStaleness(_ reader: ConfigurationReader) async throws {
        try await reader.read(
            ConfigurationKeys.staleAgeMax,
            .duration(in: .zero ... .seconds(30 * 86_400)),
            into: &self.cache.freshness.staleAgeMax
        )
        try await reader.read(ConfigurationKeys.staleShare, .number(in: 0...1), into: &self.cache.freshness.staleShare)
        try await reader.read(
            ConfigurationKeys.refreshAheadShare,
            .number(in: 0.5...1),
            into: &self.cache.freshness.refreshAheadShare
        )
        try await reader.read(
            ConfigurationKeys.refreshAheadReadsMin,
            .integer(in: 2...1_000_000),
            into: &self.cache.freshness.refreshAheadReadsMin
        )
        try await reader.read(
            ConfigurationKeys.refreshesAheadMax,
            .integer(in: 1...10_000),
            into: &self.cache.refreshesAheadMax
        )
    }

    private mutating func readBreaker(_ reader: ConfigurationReader) async throws {
        try await reader.read(
            ConfigurationKeys.breakerFailuresMax,
            .integer(in: 1...1_000),
            into: &self.cache.breaker.failuresMax
        )
        try await reader.read(
            ConfigurationKeys.breakerFailureShare,
            .number(in: 0.05...1),
            into: &self.cache.breaker.failureShareMax
        )
        let allowed = ConfigurationValue<Duration>.duration(in: .milliseconds(100) ... .seconds(86_400))
        var least = self.cache.breaker.openTime.lowerBound
        var most = self.cache.breaker.openTime.upperBound
        try await reader.read(ConfigurationKeys.breakerOpenMin, allowed, into: &least)
        try await reader.read(ConfigurationKeys.breakerOpenMax, allowed, into: &most)
        guard least <= most else {
            throw ConfigurationError(
                ConfigurationKeys.breakerOpenMin,
                value: DurationText.text(least),
                allowed: "at most \(DurationText.text(most)), which is breaker-open-max"
            )
        }
        self.cache.breaker.openTime = least...most
    }
}
