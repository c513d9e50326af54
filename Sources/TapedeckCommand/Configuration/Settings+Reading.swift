import Logging
import MarketData
import Providers
import TapedeckServer

extension Settings {
    /// Reads all settings: flags before the environment before the file before the defaults.
    ///
    /// Throws `ConfigurationError` for what is unknown, malformed or not allowed.
    static func load(flags: [ConfigurationKey: String], environment: [String: String]) async throws -> Settings {
        if let url = flags[ConfigurationKeys.database], DatabaseAddress.holdsPassword(url) {
            // A flag shows in the process list, which everybody on the machine may read.
            throw ConfigurationError(
                "database: a flag must not hold a password; put the address into DATABASE_URL or DATABASE_URL_FILE"
            )
        }
        let reader = try await ConfigurationReader(flags: flags, environment: environment)
        var settings = Settings()
        try await settings.readDatabase(reader)
        try await settings.readProviders(reader)
        try await settings.readSimulated(reader)
        try await settings.readCache(reader)
        try await settings.readSpending(reader)
        try await settings.readFetching(reader)
        try await settings.readDegrading(reader)
        try await settings.readWorker(reader)
        try await settings.readUpkeep(reader)
        try await settings.readLimits(reader)
        try await settings.readFleet(reader)
        let levels = Logger.Level.allCases
        settings.logLevel = try await reader.value(
            ConfigurationKeys.logLevel,
            .choice(
                Dictionary(uniqueKeysWithValues: levels.map { ($0.rawValue, $0) }),
                order: levels.map(\.rawValue)
            )
        )
        return settings
    }

    private mutating func readDatabase(_ reader: ConfigurationReader) async throws {
        if let url = try await reader.secret(ConfigurationKeys.database, file: ConfigurationKeys.databaseFile) {
            self.databaseURL = url
        }
        try await reader.read(
            ConfigurationKeys.databaseConnectionsMax,
            .integer(in: 1...1_000),
            into: &self.database.connectionsMax
        )
        try await reader.read(
            ConfigurationKeys.databaseTimeout,
            .duration(in: .milliseconds(100) ... .seconds(86_400)),
            into: &self.database.transactionTimeout
        )
        try await reader.read(
            ConfigurationKeys.databasePreparedStatements,
            .flag,
            into: &self.database.usesPreparedStatements
        )
    }

    private mutating func readProviders(_ reader: ConfigurationReader) async throws {
        self.databentoKey = try await reader.secret(
            ConfigurationKeys.databentoKey,
            file: ConfigurationKeys.databentoKeyFile
        )
        self.databentoURL = try await reader.value(ConfigurationKeys.databentoURL, .webAddress)
        if let providers = try await reader.value(ConfigurationKeys.provider, .providers) {
            self.providers = providers
        } else if self.databentoKey != nil {
            self.providers = [.databentoDefault]
        }
        if self.databentoKey == nil, let provider = self.providers.first(where: { $0.name == "databento" }) {
            throw ConfigurationError(
                "provider: '\(provider)' needs a key; set \(ConfigurationKeys.databentoKey.environment) or "
                    + "\(ConfigurationKeys.databentoKeyFile.environment), or use simulated"
            )
        }
    }

    private mutating func readSimulated(_ reader: ConfigurationReader) async throws {
        try await reader.read(
            ConfigurationKeys.simulatedSeed,
            ConfigurationValue<UInt64>(allowed: "a whole number from 0 to \(UInt64.max)") { UInt64($0) },
            into: &self.simulated.market.seed
        )
        try await reader.read(
            ConfigurationKeys.simulatedLatency,
            .duration(in: .zero ... .seconds(3_600)),
            into: &self.simulated.latency
        )
        try await reader.read(
            ConfigurationKeys.simulatedErrorShare,
            ConfigurationValue<Double>(allowed: "a number from 0 to 1") { text in
                Double(text).flatMap { (0...1).contains($0) ? $0 : nil }
            },
            into: &self.simulated.errorShare
        )
        try await reader.read(
            ConfigurationKeys.simulatedDelay,
            .duration(in: .zero ... .seconds(30 * 86_400)),
            into: &self.simulated.availabilityDelay
        )
        try await reader.read(ConfigurationKeys.simulatedOutages, .timeRanges, into: &self.simulated.outages)
    }

    private mutating func readCache(_ reader: ConfigurationReader) async throws {
        let day = Duration.seconds(86_400)
        try await reader.read(ConfigurationKeys.barsMax, .integer(in: 100...1_000_000_000), into: &self.cache.barsMax)
        try await reader.read(ConfigurationKeys.quotesMax, .integer(in: 1...10_000_000), into: &self.cache.quotesMax)
        try await reader.read(
            ConfigurationKeys.quoteLifetime,
            .duration(in: .seconds(1)...day),
            into: &self.cache.freshness.latestLifetime
        )
        try await reader.read(
            ConfigurationKeys.priceAgeMax,
            .duration(in: .seconds(1)...(day * 365)),
            into: &self.cache.priceAgeMax
        )
        var least = self.cache.freshness.provisionalLimits.lowerBound
        var most = self.cache.freshness.provisionalLimits.upperBound
        try await reader.read(ConfigurationKeys.provisionalLifetimeMin, .duration(in: .seconds(1)...day), into: &least)
        try await reader.read(ConfigurationKeys.provisionalLifetimeMax, .duration(in: .seconds(1)...day), into: &most)
        guard least <= most else {
            throw ConfigurationError(
                ConfigurationKeys.provisionalLifetimeMin,
                value: DurationText.text(least),
                allowed: "at most \(DurationText.text(most)), which is provisional-lifetime-max"
            )
        }
        self.cache.freshness.provisionalLimits = least...most
    }

    private mutating func readUpkeep(_ reader: ConfigurationReader) async throws {
        if let text = try await reader.secret(ConfigurationKeys.warm, file: ConfigurationKeys.warmFile) {
            self.warmList = try WarmList(parsing: text, barsMax: self.cache.answerBarsMax)
        }
        try await reader.read(
            ConfigurationKeys.warmConcurrencyMax,
            .integer(in: 1...64),
            into: &self.warmConcurrencyMax
        )
        try await reader.read(
            ConfigurationKeys.backfillPieceBarsMax,
            .integer(in: 100...100_000),
            into: &self.backfillPieceBarsMax
        )
        try await reader.read(ConfigurationKeys.quotesRetention, .retention, into: &self.cache.quotesRetention)
        try await reader.read(ConfigurationKeys.packAfter, .packingAge, into: &self.packAfter)
    }
}

extension ProviderID {
    /// What is bought from when there is a key and no provider is named.
    fileprivate static var databentoDefault: ProviderID {
        guard let id = try? ProviderID(parsing: "databento/GLBX.MDP3") else {
            preconditionFailure("The spelling is right.")
        }
        return id
    }
}
