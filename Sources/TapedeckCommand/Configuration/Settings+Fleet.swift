import Tapedeck

extension Settings {
    /// Reads how the worker takes part in a fleet.
    mutating func readFleet(_ reader: ConfigurationReader) async throws {
        self.listenDatabaseURL = try await reader.secret(
            ConfigurationKeys.listenDatabase,
            file: ConfigurationKeys.listenDatabaseFile
        )
        let policies = WarmingPolicy.allCases
        try await reader.read(
            ConfigurationKeys.warming,
            .choice(
                Dictionary(uniqueKeysWithValues: policies.map { ($0.rawValue, $0) }),
                order: policies.map(\.rawValue)
            ),
            into: &self.cache.fleet.warming
        )
        try await reader.read(
            ConfigurationKeys.warmingBarsMax,
            .integer(in: 1...1_000_000),
            into: &self.cache.fleet.warmingBarsMax
        )
        try await reader.read(
            ConfigurationKeys.comparingInterval,
            .duration(in: .milliseconds(10) ... .seconds(60)),
            into: &self.cache.fleet.comparingInterval
        )
    }
}
