import Foundation
import Logging
import MarketData
import TapedeckServer
import TestSupport
import Testing

@testable import TapedeckCommand

@Suite struct SettingsTests {
    private func load(
        flags: [ConfigurationKey: String] = [:],
        environment: [String: String] = [:],
        file: String? = nil,
        fileName: String = "tapedeck.yaml"
    ) async throws -> Settings {
        try await TemporaryFolder.with { folder in
            var flags = flags
            if let file {
                let path = folder.path + "/" + fileName
                try Data(file.utf8).write(to: URL(fileURLWithPath: path))
                flags[ConfigurationKeys.config] = path
            }
            return try await Settings.load(flags: flags, environment: environment)
        }
    }

    private func message(
        flags: [ConfigurationKey: String] = [:],
        environment: [String: String] = [:],
        file: String? = nil,
        fileName: String = "tapedeck.yaml"
    ) async throws -> String {
        do {
            _ = try await self.load(flags: flags, environment: environment, file: file, fileName: fileName)
        } catch let error as ConfigurationError {
            return error.description
        }
        Issue.record("No error was thrown.")
        return ""
    }

    @Test func withoutSettingsTheDefaultsHold() async throws {
        let settings = try await self.load(environment: ["PATH": "/bin", "HOME": "/root"])

        #expect(settings.databaseURL == "sqlite:data/market-cache.db")
        #expect(settings.providers == [.simulated])
        #expect(settings.worker.host == "127.0.0.1")
        #expect(settings.worker.port == 8080)
        #expect(settings.logLevel == nil)
        #expect(!settings.worker.tokens.hasAdmin && !settings.worker.tokens.hasBots)
        #expect(settings.cache.barsMax == 10_000)
        #expect(settings.cache.quotesMax == 1_000)
        #expect(settings.cache.quotesRetention == .seconds(7 * 86_400))
        #expect(settings.warmList.entries.isEmpty)
    }

    @Test func quotesAreKeptForeverOnDemand() async throws {
        let kept = try await self.load(environment: ["TAPEDECK_QUOTES_RETENTION": "forever"])
        let month = try await self.load(environment: ["TAPEDECK_QUOTES_RETENTION": "30d"])

        #expect(kept.cache.quotesRetention == nil)
        #expect(month.cache.quotesRetention == .seconds(30 * 86_400))
        let message = try await self.message(environment: ["TAPEDECK_QUOTES_RETENTION": "1m"])
        #expect(message.contains("'forever'") && message.contains("'1m'"))
    }

    @Test func warmListComesFromItsVariableItsFileOrTheConfiguration() async throws {
        let direct = try await self.load(environment: ["TAPEDECK_WARM": "ES.c.0:1h:500"])
        let configured = try await self.load(file: "warm: |\n  ES.c.0:1h:500\n  NQ.c.0:1m:60\n")

        #expect(direct.warmList.entries.map(\.description) == ["ES.c.0:1h:500"])
        #expect(configured.warmList.entries.map(\.symbol) == ["ES.c.0", "NQ.c.0"])
        #expect(try await self.message(environment: ["TAPEDECK_WARM": "ES.c.0"]).contains("ES.c.0:1h:500"))
    }

    @Test func flagsWinOverTheEnvironmentAndTheEnvironmentOverTheFile() async throws {
        let file = "port: 1001\nhost: 127.0.0.3\nbars-max: 5000\n"

        let settings = try await self.load(
            flags: [ConfigurationKeys.port: "1003"],
            environment: ["TAPEDECK_PORT": "1002", "TAPEDECK_HOST": "127.0.0.2"],
            file: file
        )

        #expect(settings.worker.port == 1_003)
        #expect(settings.worker.host == "127.0.0.2")
        #expect(settings.cache.barsMax == 5_000)
    }

    @Test func aFileMayBeJSON() async throws {
        let settings = try await self.load(
            file: #"{"port": 1001, "database-prepared-statements": false, "log-level": "debug"}"#,
            fileName: "settings.json"
        )

        #expect(settings.worker.port == 1_001)
        #expect(!settings.database.usesPreparedStatements)
        #expect(settings.logLevel == .debug)
    }

    @Test func theFileMayBeNamedByTheEnvironment() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder.path + "/a.yml"
            try Data("port: 1001".utf8).write(to: URL(fileURLWithPath: path))

            let settings = try await Settings.load(flags: [:], environment: ["TAPEDECK_CONFIG": path])

            #expect(settings.worker.port == 1_001)
        }
    }

    @Test func emptyVariablesCountAsNotSet() async throws {
        let settings = try await self.load(environment: ["TAPEDECK_PORT": "", "DATABASE_URL": ""])

        #expect(settings.worker.port == 8_080)
        #expect(settings.databaseURL == "sqlite:data/market-cache.db")
    }

    @Test func everySettingOfTheTableIsReadSomewhere() async throws {
        // Each gets a value that is surely wrong, so that one that nothing reads would be accepted.
        let texts: Set<ConfigurationKey> = [ConfigurationKeys.host, ConfigurationKeys.database]
        let secrets: Set<ConfigurationKey> = [ConfigurationKeys.adminToken, ConfigurationKeys.databentoKey]
        for key in ConfigurationKeys.all where !texts.contains(key) && !secrets.contains(key) {
            await #expect(throws: ConfigurationError.self, "\(key.name)") {
                try await self.load(environment: [key.environment: "\u{1}wrong/"])
            }
        }
    }

    @Test func freshnessAndFetchingAreSet() async throws {
        let settings = try await self.load(
            environment: [
                "TAPEDECK_PROVISIONAL_DIVISOR": "6", "TAPEDECK_CLOSED_RECHECK_INTERVAL": "0s",
                "TAPEDECK_SETTLING_MARGINS": "1m=90s, 1d=2h", "TAPEDECK_SIMULATED_SETTLING_MARGIN": "1m",
                "TAPEDECK_CHANGED_DAYS_LOOKBACK_DAYS": "0", "TAPEDECK_FETCH_BACKOFF_MIN": "2s",
                "TAPEDECK_FETCH_BACKOFF_MAX": "1m", "TAPEDECK_REFUSAL_BACKOFF": "5m", "TAPEDECK_FETCHES_MAX": "8",
                "TAPEDECK_FETCH_WAITERS_MAX": "100", "TAPEDECK_LEASE_DURATION": "30s", "TAPEDECK_CLAIM_WAIT_MAX": "5m",
            ]
        )

        #expect(settings.cache.freshness.provisionalDivisor == 6)
        #expect(settings.cache.freshness.closedRecheckInterval == .zero)
        #expect(settings.settlingMargins == [.oneMinute: .seconds(90), .oneDay: .seconds(7_200)])
        #expect(settings.simulated.settlingMargin == .seconds(60))
        #expect(settings.cache.changedDaysLookbackDaysMax == 0)
        #expect(settings.cache.fetchBackoff == .seconds(2) ... .seconds(60))
        #expect(settings.cache.refusalBackoff == .seconds(300))
        #expect(settings.cache.flightsMax == 8 && settings.cache.waitersMax == 100)
        #expect(settings.cache.leaseDuration == .seconds(30) && settings.cache.claimWaitMax == .seconds(300))
    }

    @Test func settingsOfFetchingThatDoNotFitAreRefused() async throws {
        for margins in ["1m", "1m=", "2m=1s", "1m=1s,1m=2s", "1m=31d", "1m=1s,"] {
            let message = try await self.message(environment: ["TAPEDECK_SETTLING_MARGINS": margins])
            #expect(message.contains("settling-margins") && message.contains("TIMEFRAME=DURATION"), "\(margins)")
        }
        let message = try await self.message(environment: ["TAPEDECK_FETCH_BACKOFF_MIN": "31s"])
        #expect(message.contains("fetch-backoff-min") && message.contains("fetch-backoff-max"))
    }

    @Test func namesAndVariablesAreUnique() {
        #expect(Set(ConfigurationKeys.all.map(\.name)).count == ConfigurationKeys.all.count)
        #expect(Set(ConfigurationKeys.all.map(\.environment)).count == ConfigurationKeys.all.count)
        for key in ConfigurationKeys.all {
            #expect(ConfigurationKeys.documentation.contains(key.environment))
            #expect(!(key.isSecret && (key.isFlag || key.isAllowedInFile)))
        }
    }

    @Test func aKeyMakesDatabentoTheProvider() async throws {
        let settings = try await self.load(environment: ["DATABENTO_API_KEY": "db-secret"])

        #expect(settings.providers.map(\.description) == ["databento/GLBX.MDP3"])
        #expect(settings.databentoKey == "db-secret")
    }

    @Test func severalProvidersKeepTheirOrder() async throws {
        let settings = try await self.load(
            environment: [
                "DATABENTO_API_KEY": "db-secret",
                "TAPEDECK_PROVIDER": "databento/xnas.itch, databento/GLBX.MDP3,simulated",
            ]
        )

        #expect(
            settings.providers.map(\.description) == ["databento/XNAS.ITCH", "databento/GLBX.MDP3", "simulated"]
        )
    }

    @Test func secretsMayComeFromFiles() async throws {
        try await TemporaryFolder.with { folder in
            func file(_ name: String, _ text: String) throws -> String {
                let path = folder.path + "/" + name
                try Data(text.utf8).write(to: URL(fileURLWithPath: path))
                return path
            }
            let settings = try await Settings.load(
                flags: [:],
                environment: [
                    "TAPEDECK_ADMIN_TOKEN_FILE": try file("admin", "operator\n"),
                    "TAPEDECK_TOKENS_FILE": try file("tokens", "alpha=token-a\nbeta=token-b\n"),
                    "DATABENTO_API_KEY_FILE": try file("key", "  db-secret\n\n"),
                    "DATABASE_URL_FILE": try file("url", "postgres://u:p@h/d\n"),
                ]
            )

            #expect(settings.databentoKey == "db-secret")
            #expect(settings.databaseURL == "postgres://u:p@h/d")
            #expect(settings.worker.tokens.hasAdmin && settings.worker.tokens.hasBots)
        }
    }

    @Test(
        arguments: [
            (["TAPEDECK_PROT": "1"], ["TAPEDECK_PROT", "did you mean TAPEDECK_PORT?"]),
            (["TAPEDECK_PORT": "70000"], ["port", "'70000'", "0 to 65535", "TAPEDECK_PORT"]),
            (["TAPEDECK_PORT": "80a"], ["port", "'80a'", "0 to 65535"]),
            (["TAPEDECK_LOG_LEVEL": "loud"], ["log-level", "'loud'", "trace, debug, info"]),
            (["TAPEDECK_REQUEST_TIMEOUT": "5"], ["request-timeout", "'5'", "30s"]),
            (["TAPEDECK_REQUEST_TIMEOUT": "0s"], ["request-timeout", "'0s'", "100ms to 1d"]),
            (["TAPEDECK_PROVIDER": "bloomberg"], ["provider", "'bloomberg'", "databento/GLBX.MDP3"]),
            (["TAPEDECK_PROVIDER": "databento", "DATABENTO_API_KEY": "k"], ["provider", "'databento'", "DATASET"]),
            (["TAPEDECK_PROVIDER": "simulated,simulated"], ["provider", "simulated"]),
            (["TAPEDECK_PROVIDER": "databento/GLBX.MDP3"], ["provider", "DATABENTO_API_KEY"]),
            (["TAPEDECK_DATABENTO_URL": "hist.databento.com"], ["databento-url", "https://"]),
            (["TAPEDECK_SIMULATED_ERROR_SHARE": "2"], ["simulated-error-share", "'2'", "0 to 1"]),
            (["TAPEDECK_SIMULATED_OUTAGES": "2026-01-01"], ["simulated-outages", "START/END"]),
            (["TAPEDECK_PROVISIONAL_LIFETIME_MIN": "10m"], ["provisional-lifetime-min", "'10m'", "5m"]),
            (["DATABENTO_API_KEY": "a", "DATABENTO_API_KEY_FILE": "/b"], ["DATABENTO_API_KEY_FILE", "both"]),
            (["TAPEDECK_ADMIN_TOKEN_FILE": "/nowhere/token"], ["admin-token-file", "/nowhere/token"]),
            (["TAPEDECK_CLIENT_RATE_MAX": "0"], ["client-rate-max", "'0'", "1 to 1000000"]),
            (["TAPEDECK_RECEIVE_TIMEOUT": "1"], ["receive-timeout", "'1'", "100ms to 1d"]),
            (["TAPEDECK_TLS_KEY_FILE": "/key"], ["tls-certificate-file", "tls-key-file", "both or neither"]),
            (["TAPEDECK_TLS_CERTIFICATE_FILE": "/pem"], ["tls-key-file", "tls-certificate-file", "both or neither"]),
            (
                ["TAPEDECK_ADMIN_TOKEN": "s3cret", "TAPEDECK_TOKENS": "alpha=s3cret"],
                ["tokens", "'alpha'", "of its own"]
            ),
            (["TAPEDECK_CONFIG": "settings.toml"], ["config", "settings.toml", ".yaml"]),
            (["TAPEDECK_CONFIG": "/nowhere/settings.yaml"], ["config", "/nowhere/settings.yaml"]),
        ] as [([String: String], [String])]
    )
    func wrongVariablesAreNamedWithTheirValueAndWhatIsAllowed(
        environment: [String: String],
        parts: [String]
    ) async throws {
        let message = try await self.message(environment: environment)

        for part in parts { #expect(message.contains(part)) }
        #expect(!message.contains("\n") && !message.contains("s3cret"))
    }

    @Test func limitsAreReadIntoTheWorkerAndTheCache() async throws {
        let settings = try await self.load(environment: [
            "TAPEDECK_REQUESTS_MAX": "11", "TAPEDECK_CLIENT_REQUESTS_MAX": "12", "TAPEDECK_CLIENT_RATE_MAX": "13",
            "TAPEDECK_CLIENT_BURST_MAX": "14", "TAPEDECK_CLIENTS_MAX": "15", "TAPEDECK_TARGET_BYTES_MAX": "2000",
            "TAPEDECK_HEADER_BYTES_MAX": "3000", "TAPEDECK_HEADER_FIELDS_MAX": "16", "TAPEDECK_BODY_BYTES_MAX": "17",
            "TAPEDECK_ANSWER_BARS_MAX": "180", "TAPEDECK_RANGE_PERIODS_MAX": "1900",
            "TAPEDECK_TLS_CERTIFICATE_FILE": "/pem", "TAPEDECK_TLS_KEY_FILE": "/key",
        ])

        var admission = AdmissionLimits()
        admission.requestsMax = 11
        admission.clientRequestsMax = 12
        admission.clientRateMax = 13
        admission.clientBurstMax = 14
        admission.clientsMax = 15
        #expect(settings.worker.admission == admission)
        #expect(settings.worker.targetBytesMax == 2_000 && settings.worker.headerBytesMax == 3_000)
        #expect(settings.worker.headerFieldsMax == 16 && settings.worker.bodyBytesMax == 17)
        #expect(settings.cache.answerBarsMax == 180 && settings.cache.answerQuotesMax == 180)
        #expect(settings.worker.rangePeriodsMax == 1_900)
        #expect(settings.worker.tls == TLSFiles(certificate: "/pem", key: "/key"))
    }

    @Test(arguments: [
        ("prot: 1", ["prot", "did you mean port?"]),
        ("server:\n  port: 1", ["server.port", "no such setting"]),
        ("port: [1, 2]", ["port", "not a list"]),
        ("port: 1\nport: 2", ["config", "cannot be read"]),
        ("port: {", ["config", "cannot be read"]),
        ("- port", ["config", "cannot be read"]),
        ("admin-token: s3cret", ["admin-token", "not allowed in a file", "TAPEDECK_ADMIN_TOKEN"]),
        ("databento-api-key: s3cret", ["databento-api-key", "DATABENTO_API_KEY"]),
        ("config: other.yaml", ["config", "not allowed in a file"]),
        ("port: many", ["port", "'many'", "0 to 65535"]),
        ("database: postgres://user:s3cret@host/db", ["database", "DATABASE_URL_FILE"]),
        ("port: \0", ["config", "cannot be read"]),
        ("{\"DATABASE_URL=postgres://u:s3cret@h/x\n\nport\"}", ["DATABASE_URL…", "no such setting"]),
    ])
    func wrongFilesAreRefusedByKey(file: String, parts: [String]) async throws {
        let message = try await self.message(file: file)

        for part in parts { #expect(message.contains(part)) }
        #expect(!message.contains("s3cret"))
        #expect(!message.contains("\n"))
    }

    @Test func tooLongAFileIsRefused() async throws {
        // No argument of a test, as that would be printed.
        let message = try await self.message(file: "# " + String(repeating: "a", count: 1 << 20))

        #expect(message.contains("config"))
        #expect(message.contains("1048576 bytes"))
    }

    @Test func aFolderInPlaceOfTheFileIsRefused() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder.path + "/tapedeck.yaml"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            let message = try await self.message(flags: [ConfigurationKeys.config: path])

            #expect(message == "config: '\(path.prefix(200))' cannot be read; use a text file of up to 1048576 bytes")
        }
    }

    @Test func aBrokenFileIsNotQuoted() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder.path + "/tapedeck.yaml"
            try Data("admin-token: hunter2: x\n".utf8).write(to: URL(fileURLWithPath: path))
            let message = try await self.message(flags: [ConfigurationKeys.config: path])

            #expect(message.contains("cannot be read as YAML or JSON: 1:"))
            #expect(!message.contains("hunter2"))
        }
    }

    @Test(arguments: [
        "alpha", "alpha=", "=token-a", "al pha=token-a", "alpha=to ken", "alpha=token-a,alpha=token-b",
        "alpha=token-a,beta=token-a", ",",
    ])
    func malformedTokensAreRefusedWithoutShowingThem(tokens: String) async throws {
        let message = try await self.message(environment: ["TAPEDECK_TOKENS": tokens])

        #expect(message.contains("tokens"))
        #expect(!message.contains("token-a") && !message.contains("to ken"))
    }

    @Test func aPasswordInAFlagIsRefusedBecauseTheProcessListShowsIt() async throws {
        for url in [
            "postgres://user:hunter2@host/db", "postgres://:hunter2@host/db", "postgresql://host/db?password=hunter2",
        ] {
            let message = try await self.message(flags: [ConfigurationKeys.database: url])

            #expect(message.contains("DATABASE_URL"))
            #expect(!message.contains("hunter2"))
        }
        let settings = try await self.load(flags: [ConfigurationKeys.database: "postgres://user@host:5432/db"])
        #expect(settings.databaseURL == "postgres://user@host:5432/db")
    }

    @Test func spendingAndOutagesAreConfigured() async throws {
        let settings = try await self.load(
            environment: [
                "TAPEDECK_BUDGET_USD_PER_DAY": "12.5", "TAPEDECK_BUDGET_USD_PER_DAY_PER_CLIENT": "2",
                "TAPEDECK_BUDGET_USD_PER_DAY_CLIENTS": "bot-7=5, backfill=0", "TAPEDECK_DATABASE_SLOW_AFTER": "750ms",
                "TAPEDECK_BUY_WITHOUT_DATABASE": "false", "TAPEDECK_WRITE_BEHIND_RECORDS_MAX": "5000",
                "TAPEDECK_WRITE_BEHIND_SHUTDOWN_TIMEOUT": "3s", "TAPEDECK_DATABASE_OUTAGE_GRACE": "0s",
            ]
        )

        #expect(settings.cache.budget.usdPerDay == 12.5 && settings.cache.budget.usdPerDayPerClient == 2)
        #expect(settings.cache.budget.usdPerDayByClient == ["bot-7": 5, "backfill": 0])
        #expect(settings.databaseSlowAfter == .milliseconds(750) && !settings.cache.buysWithoutDatabase)
        #expect(settings.cache.writeBehindRecordsMax == 5_000 && settings.cache.outageGrace == .zero)
        #expect(settings.cache.writeBehindShutdownTimeout == .seconds(3))
        #expect(try await self.load().cache.budget.isUnlimited)
    }

    @Test(arguments: [
        ("TAPEDECK_BUDGET_USD_PER_DAY", "-1"), ("TAPEDECK_BUDGET_USD_PER_DAY", "nan"),
        ("TAPEDECK_BUDGET_USD_PER_DAY_PER_CLIENT", "5 USD"), ("TAPEDECK_BUDGET_USD_PER_DAY_CLIENTS", "bot"),
        ("TAPEDECK_BUDGET_USD_PER_DAY_CLIENTS", "a=1,a=2"), ("TAPEDECK_WRITE_BEHIND_RECORDS_MAX", "0"),
        ("TAPEDECK_BUY_WITHOUT_DATABASE", "perhaps"),
    ])
    func wrongLimitsAreRefused(variable: String, value: String) async throws {
        let message = try await self.message(environment: [variable: value])

        #expect(message.contains("'\(value)'") && message.contains(variable))
    }

    @Test func settingsDoNotShowTheirSecrets() async throws {
        let settings = try await self.load(
            environment: ["DATABENTO_API_KEY": "db-secret", "TAPEDECK_ADMIN_TOKEN": "operator"]
        )
        var dumped = ""
        dump(settings, to: &dumped)

        #expect(!dumped.contains("db-secret") && !dumped.contains("operator"))
    }

    @Test func whatIsAnsweredWhileSomethingIsSlowOrDownCanBeSet() async throws {
        let settings = try await self.load(
            flags: [ConfigurationKeys.mode: "offline"],
            environment: [
                "TAPEDECK_MODE": "bypass", "TAPEDECK_SOFT_TIMEOUT": "1s", "TAPEDECK_STALE_AGE_MAX": "2h",
                "TAPEDECK_STALE_SHARE": "0", "TAPEDECK_REFRESH_AHEAD_SHARE": "0.9",
                "TAPEDECK_REFRESH_AHEAD_READS_MIN": "5", "TAPEDECK_REFRESHES_AHEAD_MAX": "7",
                "TAPEDECK_HARD_TIMEOUT": "20s", "TAPEDECK_READ_TIMEOUT": "10s", "TAPEDECK_BREAKER_FAILURES_MAX": "3",
                "TAPEDECK_BREAKER_FAILURE_SHARE": "0.25", "TAPEDECK_BREAKER_OPEN_MIN": "2s",
                "TAPEDECK_BREAKER_OPEN_MAX": "2m",
            ]
        )

        #expect(settings.cache.mode == .offline)
        #expect(settings.cache.softTimeout == .seconds(1) && settings.cache.readTimeout == .seconds(10))
        #expect(settings.cache.freshness.staleAgeMax == .seconds(7_200) && settings.cache.freshness.staleShare == 0)
        #expect(settings.cache.freshness.refreshAheadShare == 0.9)
        #expect(settings.cache.freshness.refreshAheadReadsMin == 5 && settings.cache.refreshesAheadMax == 7)
        #expect(settings.hardTimeout == .seconds(20))
        #expect(settings.cache.breaker.failuresMax == 3 && settings.cache.breaker.failureShareMax == 0.25)
        #expect(settings.cache.breaker.openTime == .seconds(2) ... .seconds(120))
    }

    @Test func wrongDegradingSettingsAreRefusedByName() async throws {
        let mode = try await self.message(environment: ["TAPEDECK_MODE": "fast"])
        let share = try await self.message(environment: ["TAPEDECK_STALE_SHARE": "1.5"])
        let open = try await self.message(environment: ["TAPEDECK_BREAKER_OPEN_MIN": "5m"])

        #expect(mode.contains("TAPEDECK_MODE") && mode.contains("one of cache, bypass, offline"))
        #expect(share.contains("TAPEDECK_STALE_SHARE") && share.contains("0.0 to 1.0"))
        #expect(open.contains("TAPEDECK_BREAKER_OPEN_MIN") && open.contains("breaker-open-max"))
    }
}
