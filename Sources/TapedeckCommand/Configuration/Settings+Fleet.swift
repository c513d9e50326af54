import SQLDatabase
import Tapedeck

extension Settings {
    /// Reads how the worker takes part in a fleet.
    mutating func readFleet(_ reader: ConfigurationReader) async throws {
        self.listenDatabaseURL = try await reader.secret(
            ConfigurationKeys.listenDatabase,
            file: ConfigurationKeys.listenDatabaseFile
        )
        if let url = self.listenDatabaseURL, url != "none", !Self.isPostgres(url) {
            // The address may hold a password: it is not shown.
            throw ConfigurationError(
                "listen-database: use postgres://… or none (\(ConfigurationKeys.listenDatabase.places))"
            )
        }
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

    private static func isPostgres(_ url: String) -> Bool {
        url.lowercased().hasPrefix("postgres") && (try? DatabaseURL(parsing: url)) != nil
    }
}
