/// Every setting there is.
///
/// Help, the check for unknown settings and the reading of values all work from this table.
enum ConfigurationKeys {
    // MARK: General

    static let config = ConfigurationKey(
        section: .general,
        name: "config",
        environment: "TAPEDECK_CONFIG",
        isFlag: true,
        isAllowedInFile: false,
        fallback: "none",
        help: "A YAML or JSON file with settings, by the names of this list."
    )
    static let database = ConfigurationKey(
        section: .general,
        name: "database",
        environment: "DATABASE_URL",
        isFlag: true,
        fallback: "sqlite:data/market-cache.db",
        help: "sqlite:PATH, sqlite::memory:, or postgres://…; as a flag or in the file without a password."
    )
    static let databaseFile = ConfigurationKey(
        section: .general,
        name: "database-file",
        environment: "DATABASE_URL_FILE",
        fallback: "none",
        help: "A file that holds the database's address, in place of DATABASE_URL."
    )
    static let provider = ConfigurationKey(
        section: .general,
        name: "provider",
        environment: "TAPEDECK_PROVIDER",
        isFlag: true,
        fallback: "databento/GLBX.MDP3 with DATABENTO_API_KEY, else simulated",
        help: "Where to buy: one or more of databento/DATASET and simulated, separated by commas, the preferred first."
    )
    static let logLevel = ConfigurationKey(
        section: .general,
        name: "log-level",
        environment: "TAPEDECK_LOG_LEVEL",
        fallback: "info for serve, else error",
        help: "trace, debug (a line for each request), info, notice, warning, error or critical."
    )

    // MARK: Server

    static let host = ConfigurationKey(
        section: .server,
        name: "host",
        environment: "TAPEDECK_HOST",
        isFlag: true,
        fallback: "127.0.0.1",
        help: "The address to listen on; other than loopback only with admin and bots' tokens."
    )
    static let port = ConfigurationKey(
        section: .server,
        name: "port",
        environment: "TAPEDECK_PORT",
        isFlag: true,
        fallback: "8080",
        help: "The TCP port to listen on; 0 takes a free one."
    )
    static let adminToken = ConfigurationKey(
        section: .server,
        name: "admin-token",
        environment: "TAPEDECK_ADMIN_TOKEN",
        isAllowedInFile: false,
        isSecret: true,
        fallback: "none",
        help: "The operator's bearer token; without it the admin routes are off."
    )
    static let adminTokenFile = ConfigurationKey(
        section: .server,
        name: "admin-token-file",
        environment: "TAPEDECK_ADMIN_TOKEN_FILE",
        fallback: "none",
        help: "A file that holds the operator's token."
    )
    static let tokens = ConfigurationKey(
        section: .server,
        name: "tokens",
        environment: "TAPEDECK_TOKENS",
        isAllowedInFile: false,
        isSecret: true,
        fallback: "none",
        help: "The bots' bearer tokens as name=token, separated by commas; the name is written to the ledger."
    )
    static let tokensFile = ConfigurationKey(
        section: .server,
        name: "tokens-file",
        environment: "TAPEDECK_TOKENS_FILE",
        fallback: "none",
        help: "A file that holds the bots' tokens, separated by commas or lines."
    )
    static let tlsCertificateFile = ConfigurationKey(
        section: .server,
        name: "tls-certificate-file",
        environment: "TAPEDECK_TLS_CERTIFICATE_FILE",
        fallback: "none, which is plain HTTP",
        help: "The certificate to serve HTTPS with, and its chain, in PEM; read again on SIGHUP."
    )
    static let tlsKeyFile = ConfigurationKey(
        section: .server,
        name: "tls-key-file",
        environment: "TAPEDECK_TLS_KEY_FILE",
        fallback: "none",
        help: "The certificate's private key in PEM, without a passphrase."
    )
    static let connectionsMax = ConfigurationKey(
        section: .server,
        name: "connections-max",
        environment: "TAPEDECK_CONNECTIONS_MAX",
        fallback: "1000",
        help: "Client connections at most; further ones wait to be accepted."
    )
    static let requestTimeout = ConfigurationKey(
        section: .server,
        name: "request-timeout",
        environment: "TAPEDECK_REQUEST_TIMEOUT",
        fallback: "5m",
        help: "How long an answer may take to begin."
    )
    static let idleTimeout = ConfigurationKey(
        section: .server,
        name: "idle-timeout",
        environment: "TAPEDECK_IDLE_TIMEOUT",
        fallback: "1m",
        help: "How long a connection may stay open without a request."
    )
    static let receiveTimeout = ConfigurationKey(
        section: .server,
        name: "receive-timeout",
        environment: "TAPEDECK_RECEIVE_TIMEOUT",
        fallback: "15s",
        help: "How long a request may take to arrive, from its first byte, before its client is disconnected."
    )
    static let stalledWriteTimeout = ConfigurationKey(
        section: .server,
        name: "stalled-write-timeout",
        environment: "TAPEDECK_STALLED_WRITE_TIMEOUT",
        fallback: "1m",
        help: "How long a client may leave an answer unread before it is disconnected."
    )
    static let shutdownTimeout = ConfigurationKey(
        section: .server,
        name: "shutdown-timeout",
        environment: "TAPEDECK_SHUTDOWN_TIMEOUT",
        fallback: "30s",
        help: "How long running requests may take to finish after SIGTERM."
    )

    // MARK: Databento

    static let databentoKey = ConfigurationKey(
        section: .databento,
        name: "databento-api-key",
        environment: "DATABENTO_API_KEY",
        isAllowedInFile: false,
        isSecret: true,
        fallback: "none",
        help: "The key of the Databento account that pays."
    )
    static let databentoKeyFile = ConfigurationKey(
        section: .databento,
        name: "databento-api-key-file",
        environment: "DATABENTO_API_KEY_FILE",
        fallback: "none",
        help: "A file that holds the key."
    )
    static let databentoURL = ConfigurationKey(
        section: .databento,
        name: "databento-url",
        environment: "TAPEDECK_DATABENTO_URL",
        fallback: "https://hist.databento.com",
        help: "The address of Databento's historical service, or of a stand-in for tests."
    )

    // MARK: Simulated market

    static let simulatedSeed = ConfigurationKey(
        section: .simulated,
        name: "simulated-seed",
        environment: "TAPEDECK_SIMULATED_SEED",
        fallback: "1",
        help: "The seed of the simulated market; the same seed gives the same prices."
    )
    static let simulatedLatency = ConfigurationKey(
        section: .simulated,
        name: "simulated-latency",
        environment: "TAPEDECK_SIMULATED_LATENCY",
        fallback: "0s",
        help: "How long each call of the simulated provider takes."
    )
    static let simulatedErrorShare = ConfigurationKey(
        section: .simulated,
        name: "simulated-error-share",
        environment: "TAPEDECK_SIMULATED_ERROR_SHARE",
        fallback: "0",
        help: "The share of its calls that fail, 0 to 1."
    )
    static let simulatedDelay = ConfigurationKey(
        section: .simulated,
        name: "simulated-delay",
        environment: "TAPEDECK_SIMULATED_DELAY",
        fallback: "0s",
        help: "How far behind the present its data end."
    )
    static let simulatedOutages = ConfigurationKey(
        section: .simulated,
        name: "simulated-outages",
        environment: "TAPEDECK_SIMULATED_OUTAGES",
        fallback: "none",
        help: "When all its calls fail: START/END, several separated by commas."
    )

    // MARK: Memory and freshness

    static let barsMax = ConfigurationKey(
        section: .memory,
        name: "bars-max",
        environment: "TAPEDECK_BARS_MAX",
        fallback: "10000",
        help: "Bars held in memory at most."
    )
    static let quotesMax = ConfigurationKey(
        section: .memory,
        name: "quotes-max",
        environment: "TAPEDECK_QUOTES_MAX",
        fallback: "1000",
        help: "Symbols whose newest prices are held in memory at most."
    )
    static let quoteLifetime = ConfigurationKey(
        section: .memory,
        name: "quote-lifetime",
        environment: "TAPEDECK_QUOTE_LIFETIME",
        fallback: "5m",
        help: "How long after its fetch a newest quote is answered before it is bought again."
    )
    static let priceAgeMax = ConfigurationKey(
        section: .memory,
        name: "price-age-max",
        environment: "TAPEDECK_PRICE_AGE_MAX",
        fallback: "1h",
        help: "How old a price may be by its own time, where a request does not say."
    )
    static let provisionalLifetimeMin = ConfigurationKey(
        section: .memory,
        name: "provisional-lifetime-min",
        environment: "TAPEDECK_PROVISIONAL_LIFETIME_MIN",
        fallback: "10s",
        help: "The least time after which a forming bar is bought again (else a twelfth of its timeframe)."
    )
    static let provisionalLifetimeMax = ConfigurationKey(
        section: .memory,
        name: "provisional-lifetime-max",
        environment: "TAPEDECK_PROVISIONAL_LIFETIME_MAX",
        fallback: "5m",
        help: "The most time after which a forming bar is bought again."
    )
    // MARK: Database

    static let databaseConnectionsMax = ConfigurationKey(
        section: .database,
        name: "database-connections-max",
        environment: "TAPEDECK_DATABASE_CONNECTIONS_MAX",
        fallback: "8",
        help: "Connections at most: for Postgres in all, for SQLite readers beside the one writer."
    )
    static let databaseTimeout = ConfigurationKey(
        section: .database,
        name: "database-timeout",
        environment: "TAPEDECK_DATABASE_TIMEOUT",
        fallback: "30s",
        help: "How long a transaction may take."
    )
    static let databasePreparedStatements = ConfigurationKey(
        section: .database,
        name: "database-prepared-statements",
        environment: "TAPEDECK_DATABASE_PREPARED_STATEMENTS",
        fallback: "true",
        help: "Switch off behind a PgBouncer in transaction mode that does not track prepared statements."
    )

    // MARK: Upkeep

    static let warm = ConfigurationKey(
        section: .upkeep,
        name: "warm",
        environment: "TAPEDECK_WARM",
        fallback: "none",
        help: "What 'serve' puts into memory at its start and 'warm' buys: SYMBOL:TIMEFRAME:BARS, several separated by "
            + "commas, as in ES.c.0:1h:500,ES.c.0:1m:1440."
    )
    static let warmFile = ConfigurationKey(
        section: .upkeep,
        name: "warm-file",
        environment: "TAPEDECK_WARM_FILE",
        fallback: "none",
        help: "A file with such a list, one a line, in place of TAPEDECK_WARM; what follows a # is a comment."
    )
    static let warmConcurrencyMax = ConfigurationKey(
        section: .upkeep,
        name: "warm-concurrency-max",
        environment: "TAPEDECK_WARM_CONCURRENCY_MAX",
        fallback: "4",
        help: "Entries of the list that are warmed at a time at most."
    )
    static let backfillPieceBarsMax = ConfigurationKey(
        section: .upkeep,
        name: "backfill-piece-bars-max",
        environment: "TAPEDECK_BACKFILL_PIECE_BARS_MAX",
        fallback: "10000",
        help: "Periods in one piece of a backfill at most: Ctrl-C waits for the piece under way."
    )
    static let quotesRetention = ConfigurationKey(
        section: .upkeep,
        name: "quotes-retention",
        environment: "TAPEDECK_QUOTES_RETENTION",
        fallback: "7d",
        help: "How long past quotes stay in the database, except each symbol's newest, or 'forever'. A worker and "
            + "'cleanup' remove older ones."
    )

    static let packAfter = ConfigurationKey(
        section: .upkeep,
        name: "pack-after",
        environment: "TAPEDECK_PACK_AFTER",
        fallback: "7d",
        help:
            "How long after its end a stretch of final bars is packed into a compressed block, 1h or more, or 'never', "
            + "which keeps rows for those who read bars_cache with SQL."
    )

    /// All settings, in the order of the documentation.
    static let all: [ConfigurationKey] =
        [
            config, database, databaseFile, provider, logLevel, host, port, adminToken, adminTokenFile, tokens,
            tokensFile, tlsCertificateFile, tlsKeyFile, connectionsMax, requestTimeout, idleTimeout, receiveTimeout,
            stalledWriteTimeout, shutdownTimeout,
        ] + limits + [
            databentoKey, databentoKeyFile, databentoURL, simulatedSeed, simulatedLatency, simulatedErrorShare,
            simulatedDelay, simulatedOutages, barsMax, quotesMax, quoteLifetime, priceAgeMax, provisionalLifetimeMin,
            provisionalLifetimeMax, databaseConnectionsMax, databaseTimeout,
            databasePreparedStatements, warm, warmFile, warmConcurrencyMax, backfillPieceBarsMax, quotesRetention,
            packAfter,
        ] + fetching + degrading + spending + fleet

    /// The environment variable of the key that a reader asks for by its name's components.
    static func environmentName(of components: [String]) -> String {
        let name = components.joined(separator: ".")
        return self.all.first { $0.name == name }?.environment ?? name
    }

    /// All settings as text for help: by section, each with its variable, default and meaning.
    static var documentation: String {
        ConfigurationKey.Section.allCases.map { section in
            let entries = self.all.filter { $0.section == section }.map { key in
                let flag = key.isFlag ? "--\(key.name), " : ""
                let file = key.isAllowedInFile ? "\(key.name) in the file" : "not in the file"
                let lines = self.wrapped(key.help + " Default: " + key.fallback + ".", width: 72)
                return "  \(flag)\(key.environment), \(file)\n" + lines.map { "      " + $0 }.joined(separator: "\n")
            }
            return "\(section.rawValue):\n" + entries.joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    /// Lines of at most `width` characters, broken between words.
    private static func wrapped(_ text: String, width: Int) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            let line = lines[lines.count - 1]
            if line.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if line.count + 1 + word.count <= width {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
